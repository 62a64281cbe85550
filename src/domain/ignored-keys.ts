/** From diagnostics to the same ones, in which each of dbt's keys is named once, at its first place. */
import type { Diagnostic } from "./diagnostic.ts";

export const onePerKey = (found: readonly Diagnostic[]): readonly Diagnostic[] => {
  const seen = new Set<string>();
  return found.filter((d) => {
    if (d.code !== "config/ignored-key") return true;
    if (seen.has(d.message)) return false;
    seen.add(d.message);
    return true;
  });
};
