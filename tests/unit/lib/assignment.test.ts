import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cheapestPairing } from "../../../src/lib/assignment.ts";

const table = (rows: number, columns: number) =>
  fc.array(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: columns, maxLength: columns }), {
    minLength: rows,
    maxLength: rows,
  });
const tables = fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })).chain(([r, c]) => table(r, c));

const costOf = (costs: readonly (readonly number[])[], pairs: readonly (number | undefined)[]): number =>
  pairs.reduce<number>((sum, j, i) => sum + (j === undefined ? 0 : (costs[i]?.[j] ?? 0)), 0);

/** Every way to give as many rows as possible a column of their own. */
const allPairings = (rows: number, columns: number): readonly (readonly (number | undefined)[])[] => {
  const paired = Math.min(rows, columns);
  const further = (row: number, used: readonly number[], left: number): (number | undefined)[][] => {
    if (row === rows) return left === 0 ? [[]] : [];
    const without = rows - row > left ? further(row + 1, used, left).map((rest) => [undefined, ...rest]) : [];
    const withOne = Array.from({ length: columns }, (_, j) => j)
      .filter((j) => left > 0 && !used.includes(j))
      .flatMap((j) => further(row + 1, [...used, j], left - 1).map((rest) => [j, ...rest]));
    return [...without, ...withOne];
  };
  return further(0, [], paired);
};

describe("the cheapest pairing", () => {
  it("costs no more than any other", () => {
    fc.assert(
      fc.property(tables, (costs) => {
        const found = cheapestPairing(costs);
        const all = allPairings(costs.length, costs[0]?.length ?? 0);
        expect(costOf(costs, found)).toBe(Math.min(...all.map((pairs) => costOf(costs, pairs))));
      }),
    );
  });

  it("gives no column twice, and leaves as few rows alone as it can", () => {
    fc.assert(
      fc.property(tables, (costs) => {
        const used = cheapestPairing(costs).filter((j) => j !== undefined);
        expect(new Set(used).size).toBe(used.length);
        expect(used.length).toBe(Math.min(costs.length, costs[0]?.length ?? 0));
      }),
    );
  });

  it("is nothing for nothing", () => {
    expect(cheapestPairing([])).toEqual([]);
    expect(cheapestPairing([[], []])).toEqual([undefined, undefined]);
  });
});
