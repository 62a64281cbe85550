/** Expected and actual rows in, what differs between them out: order does not count, how often a row stands there does. */
import type { DifferingCell, DifferingRow, RowDifferences } from "../../../domain/unit-test.ts";
import { cheapestPairing } from "../../../lib/assignment.ts";

export type Cells = readonly (string | null)[];

export type Compared = {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** Names of columns that tell rows apart: rows of one key belong together. */
  readonly key: readonly string[];
  readonly expected: readonly Cells[];
  readonly actual: readonly Cells[];
};

/** Undefined: they are the same rows. */
export const differencesOf = ({ columns, key, expected, actual }: Compared): RowDifferences | undefined => {
  const sameText = columns.map(({ type }) => canonicalOf(type));
  const canonical = (row: Cells): Cells =>
    row.map((value, i) => (value === null ? null : (sameText[i]?.(value) ?? value)));
  const left = { expected: expected.map(canonical), actual: actual.map(canonical) };
  const open = withoutEqual(left.expected, left.actual);
  if (open.expected.length + open.actual.length === 0) return undefined;
  const isKey = columns.map(({ name }) => key.includes(name));
  const pairs = pairsOf(
    open.expected.map((i) => left.expected[i] ?? []),
    open.actual.map((i) => left.actual[i] ?? []),
    isKey,
  );
  const paired = new Set<number>();
  const rows: DifferingRow[] = open.expected.map((i, n) => {
    const partner = pairs[n];
    if (partner === undefined) return { kind: "missing", cells: expected[i] ?? [] };
    paired.add(partner);
    const j = open.actual[partner] ?? 0;
    const cells = columns.map(
      (_, c): DifferingCell => ({
        expected: expected[i]?.[c] ?? null,
        actual: actual[j]?.[c] ?? null,
        isEqual: left.expected[i]?.[c] === left.actual[j]?.[c],
      }),
    );
    return { kind: "differs", cells };
  });
  const unexpected = open.actual
    .filter((_, n) => !paired.has(n))
    .map((j): DifferingRow => ({ kind: "unexpected", cells: actual[j] ?? [] }));
  return {
    columns: columns.map(({ name }) => name),
    rows: [...rows, ...unexpected],
    equal: expected.length - open.expected.length,
    expected: expected.length,
    actual: actual.length,
  };
};

/**
 * A text that is the same for values that PostgreSQL takes for the same, where its own text is not yet: the query itself
 * trims numerics, justifies intervals and prints json as jsonb.
 */
const canonicalOf = (type: string): ((text: string) => string) | undefined => {
  if (/^(real|double precision)$/.test(type)) return (text) => (text === "-0" ? "0" : text);
  if (/^(real|double precision)\[\]/.test(type)) return (text) => text.replaceAll(/(?<=[{,])-0(?=[,}])/g, "0");
  if (/^numeric(\([^)]*\))?\[\]/.test(type))
    return (text) => text.replaceAll(/(\.\d*?)0+(?=[,}])/g, "$1").replaceAll(/\.(?=[,}])/g, "");
  return /(^|\.)citext$/.test(type) ? (text) => text.toLowerCase() : undefined;
};

/** Indexes of the rows that have no equal on the other side, each counted as often as it stands there. */
const withoutEqual = (expected: readonly Cells[], actual: readonly Cells[]) => {
  const waiting = new Map<string, number[]>();
  for (const [j, row] of actual.entries()) {
    const key = JSON.stringify(row);
    const others = waiting.get(key);
    if (others === undefined) waiting.set(key, [j]);
    else others.push(j);
  }
  const open: number[] = [];
  for (const [i, row] of expected.entries()) if (waiting.get(JSON.stringify(row))?.shift() === undefined) open.push(i);
  return { expected: open, actual: [...waiting.values()].flat().sort((a, b) => a - b) };
};

/** So many rows are matched with each other as differ least in all; of more it is each row's nearest that is free. */
const MOST_MATCHED = 200;

const pairsOf = (
  expected: readonly Cells[],
  actual: readonly Cells[],
  isKey: readonly boolean[],
): readonly (number | undefined)[] => {
  const hasKey = isKey.includes(true);
  const width = isKey.length;
  const cost = (one: Cells, other: Cells): number => {
    const differing = one.filter((value, c) => value !== other[c]).length;
    const isSameKey = hasKey && one.every((value, c) => !isKey[c] || value === other[c]);
    return isSameKey ? differing : differing + width;
  };
  // Another row altogether: no key in common, and less than half of the rest.
  const isPair = (price: number): boolean => price < width || ((price - width) * 2 <= width && price < 2 * width);
  if (Math.max(expected.length, actual.length) > MOST_MATCHED) return nearestFree(expected, actual, cost, isPair);
  const costs = expected.map((row) => actual.map((other) => cost(row, other)));
  return cheapestPairing(costs).map((partner, i) =>
    partner !== undefined && isPair(costs[i]?.[partner] ?? Number.POSITIVE_INFINITY) ? partner : undefined,
  );
};

const nearestFree = (
  expected: readonly Cells[],
  actual: readonly Cells[],
  cost: (one: Cells, other: Cells) => number,
  isPair: (price: number) => boolean,
): readonly (number | undefined)[] => {
  const free = new Set(actual.keys());
  return expected.map((row) => {
    let best: { readonly at: number; readonly price: number } | undefined;
    for (const at of free) {
      const price = cost(row, actual[at] ?? []);
      if (isPair(price) && (best === undefined || price < best.price)) best = { at, price };
    }
    if (best !== undefined) free.delete(best.at);
    return best?.at;
  });
};
