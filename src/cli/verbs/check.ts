import { errorOf } from "../../domain/diagnostic.ts";
import { exitOf } from "../../domain/exit-code.ts";
import { PROJECT, report, SELECTION } from "../flags.ts";
import { printAnswer } from "../print/answer.ts";
import { checkedLines } from "../print/checked.ts";
import { projectInputOf, selectInputOf, type Verb } from "../verb.ts";

const WHAT = ["incremental"] as const;

export const check: Verb = {
  name: "check",
  describe: "Prove something of models by building the past again, beside live",
  positionals: [{ name: "what", isRequired: true, describe: WHAT.join(", ") }],
  flags: [...SELECTION, ...PROJECT, report],
  examples: [
    { command: "galley check incremental", means: "whether incremental models hold what a full build holds" },
    { command: "galley check incremental -s daily_totals", means: "one of them" },
  ],
  run: async (context, call) => {
    const [what] = call.words;
    if (!WHAT.some((known) => known === what)) {
      const diagnostic = errorOf("cli/unknown-verb", `galley check does not know "${what}"`, {
        help: `it knows ${WHAT.join(", ")}`,
      });
      context.emit({ kind: "diagnostic", diagnostic });
      return exitOf([diagnostic]);
    }
    const { checkIncremental } = await import("../../commands/check-incremental.ts");
    const input = { ...projectInputOf(call), ...selectInputOf(call) };
    const { exitCode, value = [] } = await checkIncremental(context, input);
    printAnswer(
      call,
      () => checkedLines(value, call.width),
      () => value,
    );
    return exitCode;
  },
};
