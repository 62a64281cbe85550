/** From diagnostics to the same ones, each said once and in the order of their places; each of dbt's keys is named once. */
import type { Diagnostic } from "./diagnostic.ts";

export const eachOnce = (found: readonly Diagnostic[]): readonly Diagnostic[] => {
  const seen = new Set<string>();
  return inOrder(found).filter((d) => {
    const isAboutKey = d.code === "config/ignored-key";
    const place = isAboutKey || d.at === undefined ? "" : `${d.at.file.path}:${d.at.start}`;
    const identity = `${d.code} ${place} ${d.message}`;
    if (seen.has(identity)) return false;
    seen.add(identity);
    return true;
  });
};

/** Files in the order in which they are first spoken of, and within a file from top to bottom. */
const inOrder = (found: readonly Diagnostic[]): readonly Diagnostic[] => {
  const byFile = new Map<string, Diagnostic[]>();
  for (const d of found) {
    const path = d.at?.file.path ?? "";
    const group = byFile.get(path);
    if (group === undefined) byFile.set(path, [d]);
    else group.push(d);
  }
  return [...byFile.values()].flatMap((group) => group.sort((a, b) => (a.at?.start ?? 0) - (b.at?.start ?? 0)));
};
