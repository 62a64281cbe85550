/** What `clean` removed, or would remove, one line each. */
import type { Removal } from "../../commands/answers.ts";
import { padEnd } from "../../lib/text-width.ts";

const WORDS: Readonly<Record<Removal["status"], string>> = {
  removed: "removed",
  kept: "kept",
  planned: "would remove",
};

export const removalLines = (removals: readonly Removal[]): readonly string[] => {
  if (removals.length === 0) return ["nothing to remove"];
  const width = Math.max(...removals.map((r) => WORDS[r.status].length));
  return removals.map((r) => `${padEnd(WORDS[r.status], width)}  ${r.what} ${r.name}  (${r.because})`);
};
