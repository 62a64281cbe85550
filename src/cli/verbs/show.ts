import { errorOf } from "../../domain/diagnostic.ts";
import { exitOf } from "../../domain/exit-code.ts";
import { inline, limit, PROJECT, rowsOutput, select } from "../flags.ts";
import { printRows } from "../print/rows.ts";
import { type Call, projectInputOf, type Verb } from "../verb.ts";

const DEFAULT_LIMIT = 5;

export const show: Verb = {
  name: "show",
  describe: "Show the first rows of a model's query, or of a query of your own, as live stands",
  positionals: [{ name: "model", isRequired: false, describe: "The model; --select does the same" }],
  flags: [select, inline, limit, rowsOutput, ...PROJECT],
  examples: [
    { command: "galley show team_form", means: "five rows" },
    { command: "galley show team_form --limit 100 --output csv", means: "a hundred rows as CSV" },
    { command: "galley show --inline 'select 1'", means: "a query of your own; templates work in it" },
  ],
  run: async (context, call) => {
    const asked = askedOf(call);
    if (asked === undefined) {
      const diagnostic = errorOf("cli/conflicting-flags", "galley show takes a model or --inline, one of the two", {
        help: "for example: galley show team_form",
      });
      context.emit({ kind: "diagnostic", diagnostic });
      return exitOf([diagnostic]);
    }
    const { show: command } = await import("../../commands/show.ts");
    const input = { ...projectInputOf(call), asked, limit: call.read(limit) ?? DEFAULT_LIMIT };
    const { exitCode, value } = await command(context, input);
    if (value !== undefined) printRows(call, value);
    return exitCode;
  },
};

const askedOf = (call: Call) => {
  const words = [...call.words, ...call.read(select)];
  const query = call.read(inline);
  if (words.length > 0 === (query !== undefined)) return undefined;
  return query === undefined ? ({ kind: "select", select: words } as const) : ({ kind: "inline", query } as const);
};
