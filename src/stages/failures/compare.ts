/** The stored failing rows of a test in two runs in; which are new, which are still there and which are gone, out. */
import type { Cells, ComparedRow, ComparedTest } from "../../domain/found-failures.ts";

export type StoredRow = {
  /** What is the same in both runs for the same row: its key, else all of it. */
  readonly identity: string;
  readonly key: Cells | undefined;
  readonly row: Cells;
};

/** All failing rows that a run counted, and those of them that are stored. */
export type Side = { readonly failures: number; readonly stored: readonly StoredRow[] };

type Comparison = Pick<ComparedTest, "new" | "still" | "gone" | "found">;

export const compare = (now: Side, before: Side): Comparison => {
  const left = countsOf(before.stored);
  const isKnown = isWhole(now) && isWhole(before);
  const found: ComparedRow[] = [];
  let still = 0;
  for (const { identity, key, row } of now.stored) {
    const count = left.get(identity) ?? 0;
    if (count > 0) {
      left.set(identity, count - 1);
      still++;
    }
    found.push({ is: count > 0 ? "still" : isWhole(before) ? "new" : "unknown", key, row });
  }
  // Of a run whose rows are not all stored, a row that is missing may have failed all the same.
  if (isWhole(now))
    for (const { identity, key, row } of before.stored) {
      const count = left.get(identity) ?? 0;
      if (count === 0) continue;
      left.set(identity, count - 1);
      found.push({ is: "gone", key, row });
    }
  const sorted = found.toSorted((a, b) => ORDER[a.is] - ORDER[b.is]);
  return { ...countedOf(now, before, isKnown ? still : undefined), found: sorted };
};

const ORDER = { new: 0, unknown: 1, still: 2, gone: 3 } as const;

/** What did not fail at all needs no stored rows. */
const isWhole = ({ failures, stored }: Side): boolean => stored.length >= failures;

const countedOf = (now: Side, before: Side, still: number | undefined): Omit<Comparison, "found"> => {
  const shared = now.failures === 0 || before.failures === 0 ? 0 : still;
  if (shared === undefined) return { new: undefined, still: undefined, gone: undefined };
  return { new: now.failures - shared, still: shared, gone: before.failures - shared };
};

const countsOf = (rows: readonly StoredRow[]): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const { identity } of rows) counts.set(identity, (counts.get(identity) ?? 0) + 1);
  return counts;
};
