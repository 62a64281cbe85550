/** `coverage:` of project.yml in, the least that is asked for out. */
import { checkMapping } from "../../domain/config-check.ts";
import { type LeastCoverage, leastCoverage } from "../../domain/coverage.ts";
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import type { Located } from "../../domain/source.ts";
import type { Tree } from "../../domain/tree.ts";
import { entriesOf, locatedText, valueAt } from "../../domain/tree-read.ts";

export const leastCoverageOf = (tree: Tree | undefined, found: Diagnostic[]): Located<LeastCoverage> | undefined => {
  // What has another shape was told of with the other keys of the project.
  if (tree?.kind !== "mapping") return undefined;
  found.push(...checkMapping(tree, "coverage"));
  const asked = valueAt(tree, "fail_under");
  if (asked === undefined || (asked.kind === "scalar" && asked.value === null)) return undefined;
  const least = leastCoverage(writtenOf(asked));
  if (typeof least !== "string") return { value: least, span: asked.span };
  found.push(
    errorOf("config/wrong-type", `\`fail_under\` takes per cent: ${least}`, {
      at: asked.span,
      help: "one number for all, or `{ tests: 80, descriptions: 50, keys: 100, relationships: 90 }`",
    }),
  );
  return undefined;
};

/** As the command line has it. */
const writtenOf = (tree: Tree): string =>
  tree.kind === "mapping"
    ? entriesOf(tree)
        .map(({ key, value }) => `${key.value}=${locatedText(value)?.value ?? ""}`)
        .join(",")
    : (locatedText(tree)?.value ?? "");
