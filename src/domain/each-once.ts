/** From diagnostics to the same ones, each said once; each of dbt's keys is named once, at its first place. */
import type { Diagnostic } from "./diagnostic.ts";

export const eachOnce = (found: readonly Diagnostic[]): readonly Diagnostic[] => {
  const seen = new Set<string>();
  return found.filter((d) => {
    const isAboutKey = d.code === "config/ignored-key";
    const place = isAboutKey || d.at === undefined ? "" : `${d.at.file.path}:${d.at.start}`;
    const identity = `${d.code} ${place} ${d.message}`;
    if (seen.has(identity)) return false;
    seen.add(identity);
    return true;
  });
};
