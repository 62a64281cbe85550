/** The words of --resource-type in, kinds of nodes out, or what is wrong with a word. */
import { RESOURCE_TYPES, type ResourceType } from "../commands/inputs.ts";
import { type Diagnostic, errorOf } from "../domain/diagnostic.ts";
import { suggest } from "../lib/suggest.ts";

export const resourceTypesIn = (
  words: readonly string[],
): { readonly types: readonly ResourceType[]; readonly wrong: readonly Diagnostic[] } => ({
  types: words.filter(isResourceType),
  wrong: words.filter((word) => !isResourceType(word)).map(unknownKind),
});

const isResourceType = (kind: string): kind is ResourceType => RESOURCE_TYPES.some((type) => type === kind);

const unknownKind = (kind: string): Diagnostic => {
  const near = suggest(kind, RESOURCE_TYPES);
  return errorOf("cli/bad-value", `--resource-type is ${RESOURCE_TYPES.join(", ")}, not "${kind}"`, {
    help: near === undefined ? undefined : `did you mean "${near}"?`,
  });
};
