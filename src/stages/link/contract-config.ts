/** From `contract:` to whether it is enforced. */
import type { Contract } from "../../domain/config.ts";
import { checkMapping } from "../../domain/config-check.ts";
import type { Diagnostic } from "../../domain/diagnostic.ts";
import { typedScalar, valueAt } from "../../domain/tree-read.ts";
import type { MergedConfig } from "./layers.ts";

/** Undefined: none, or not enforced. */
export const readContract = (merged: MergedConfig, found: Diagnostic[]): Contract | undefined => {
  const entry = merged.entries.get("contract");
  if (entry?.value.kind !== "mapping") return undefined;
  found.push(...checkMapping(entry.value, "contract"));
  return typedScalar(valueAt(entry.value, "enforced")) === true ? { at: entry.key.span } : undefined;
};
