/** The places in a YAML tree where a template may stand: the values of hooks, wherever they are written. */
import { isHookKey } from "../../domain/hooks.ts";
import type { Span } from "../../domain/source.ts";
import type { Tree } from "../../domain/tree.ts";

export const hookValues = (tree: Tree): readonly Span[] => {
  if (tree.kind === "scalar") return [];
  if (tree.kind === "list") return tree.items.flatMap(hookValues);
  return tree.entries.flatMap(({ key, value }) => (isHookKey(key.value) ? [value.span] : hookValues(value)));
};

/** Most files with braces have no hooks, and need not be read to say so. */
export const mayHoldHooks = (text: string): boolean => /(?:pre|post)[-_]hook|on-run-(?:start|end)/.test(text);
