import { RESOURCE_TYPES, type ResourceType } from "../../commands/inputs.ts";
import { errorOf } from "../../domain/diagnostic.ts";
import { exitOf } from "../../domain/exit-code.ts";
import { suggest } from "../../lib/suggest.ts";
import { listOutput, logFormat, PROJECT, resourceType, SELECTION } from "../flags.ts";
import { listingLines } from "../print/listing.ts";
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
    const kinds = call.read(resourceType);
    const unknown = kinds.filter((kind) => !isResourceType(kind));
    if (unknown.length > 0) {
      const found = unknown.map((kind) => unknownKind(kind));
      for (const diagnostic of found) context.emit({ kind: "diagnostic", diagnostic });
      return exitOf(found);
    }
    const { list } = await import("../../commands/ls.ts");
    const input = { ...projectInputOf(call), ...selectInputOf(call), resourceTypes: kinds.filter(isResourceType) };
    const { exitCode, value } = await list(context, input);
    for (const line of listingLines(
      value ?? [],
      call.read(listOutput) ?? (call.read(logFormat) === "json" ? "json" : "selector"),
    ))
      call.print(line);
    return exitCode;
  },
};

const isResourceType = (kind: string): kind is ResourceType => RESOURCE_TYPES.some((type) => type === kind);

const unknownKind = (kind: string) => {
  const near = suggest(kind, RESOURCE_TYPES);
  return errorOf("cli/bad-value", `--resource-type is ${RESOURCE_TYPES.join(", ")}, not "${kind}"`, {
    help: near === undefined ? undefined : `did you mean "${near}"?`,
  });
};
