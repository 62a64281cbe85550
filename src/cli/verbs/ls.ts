import { exitOf } from "../../domain/exit-code.ts";
import { listOutput, logFormat, PROJECT, resourceType, SELECTION } from "../flags.ts";
import { listingLines } from "../print/listing.ts";
import { resourceTypesIn } from "../resource-types.ts";
import { projectInputOf, selectInputOf, type Verb } from "../verb.ts";

export const ls: Verb = {
  name: "ls",
  describe: "List the nodes that a selection means, without a database",
  positionals: [],
  flags: [...SELECTION, resourceType, listOutput, ...PROJECT],
  examples: [
    { command: "galley ls", means: "every node" },
    { command: "galley ls -s team_form+ --resource-type model", means: "the models built from one" },
    { command: "galley ls --output json", means: "one object a line" },
  ],
  run: async (context, call) => {
    const { types, wrong } = resourceTypesIn(call.read(resourceType));
    if (wrong.length > 0) {
      for (const diagnostic of wrong) context.emit({ kind: "diagnostic", diagnostic });
      return exitOf(wrong);
    }
    const { list } = await import("../../commands/ls.ts");
    const input = { ...projectInputOf(call), ...selectInputOf(call), resourceTypes: types };
    const { exitCode, value } = await list(context, input);
    for (const line of listingLines(
      value ?? [],
      call.read(listOutput) ?? (call.read(logFormat) === "json" ? "json" : "selector"),
    ))
      call.hand(line);
    return exitCode;
  },
};
