/** From `contract:` to whether it is enforced. */
import type { Contract } from "../../domain/config.ts";
import { checkMapping } from "../../domain/config-check.ts";
import type { Diagnostic } from "../../domain/diagnostic.ts";
import type { Scalar, TreeEntry } from "../../domain/tree.ts";
import { typedScalar, valueAt } from "../../domain/tree-read.ts";
import type { MergedConfig } from "./layers.ts";

/** Undefined: none, or not enforced. */
export const readContract = (merged: MergedConfig, found: Diagnostic[]): Contract | undefined => {
  const entry = merged.entries.get("contract");
  return entry !== undefined && enforcedIn(entry, found) === true ? { at: entry.key.span } : undefined;
};

/** Of a source: columns that it declares are held to unless that is switched off. */
export const isContractOff = (merged: MergedConfig, found: Diagnostic[]): boolean => {
  const entry = merged.entries.get("contract");
  return entry !== undefined && enforcedIn(entry, found) === false;
};

const enforcedIn = ({ value }: TreeEntry, found: Diagnostic[]): Scalar | undefined => {
  if (value.kind !== "mapping") return undefined;
  found.push(...checkMapping(value, "contract"));
  return typedScalar(valueAt(value, "enforced"));
};
