/** The places in a YAML tree where a template may stand: the values of hooks, wherever they are written, and queries of unit tests. */
import { isHookKey } from "../../domain/hooks.ts";
import type { Span } from "../../domain/source.ts";
import type { Tree } from "../../domain/tree.ts";
import { itemsAt } from "../../domain/tree-read.ts";

export const templateValues = (tree: Tree): readonly Span[] => [
  ...hookValues(tree),
  ...itemsAt(tree, "unit_tests").flatMap(queriesIn),
];

const QUERY_KEYS: readonly string[] = ["query", "rows"];

/** Rows are a query where they are a text. */
const queriesIn = (tree: Tree): readonly Span[] => {
  if (tree.kind === "scalar") return [];
  if (tree.kind === "list") return tree.items.flatMap(queriesIn);
  return tree.entries.flatMap(({ key, value }) =>
    value.kind === "scalar" && QUERY_KEYS.includes(key.value) ? [value.span] : queriesIn(value),
  );
};

const hookValues = (tree: Tree): readonly Span[] => {
  if (tree.kind === "scalar") return [];
  if (tree.kind === "list") return tree.items.flatMap(hookValues);
  return tree.entries.flatMap(({ key, value }) => (isHookKey(key.value) ? [value.span] : hookValues(value)));
};

/** Most files with braces have none of these, and need not be read to say so. */
export const mayHoldTemplates = (text: string): boolean =>
  /(?:pre|post)[-_]hook|on-run-(?:start|end)|unit_tests/.test(text);
