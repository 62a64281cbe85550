import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RowDifferences } from "../../../src/domain/unit-test.ts";
import { type Cells, differencesOf } from "../../../src/stages/execute/unit/compare.ts";

const cell = fc.constantFrom<string | null>("1", "2", "", null);
const row = fc.tuple(cell, cell, cell);
const rows = fc.array(row, { maxLength: 6 });

const text = (name: string, type = "text") => ({ name, type });
const COLUMNS = [text("a"), text("b"), text("c")];
const compare = (expected: readonly Cells[], actual: readonly Cells[], key: readonly string[] = []) =>
  differencesOf({ columns: COLUMNS, key, expected, actual });

const sorted = (some: readonly Cells[]): readonly string[] => some.map((r) => JSON.stringify(r)).sort();

/** The rows of one side that a difference tells of. */
const told = ({ rows: all }: RowDifferences, side: "expected" | "actual"): readonly Cells[] =>
  all.flatMap((one): Cells[] => {
    if (one.kind === "differs") return [one.cells.map((c) => c[side])];
    return (one.kind === "missing") === (side === "expected") ? [one.cells] : [];
  });

describe("rows of a unit test", () => {
  it("are the same in any order, each as often as it is expected", () => {
    fc.assert(
      fc.property(rows, fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (some, random) => {
        const keyed = some.map((one) => ({ one, at: random.next().value as number }));
        const shuffled = keyed.sort((a, b) => a.at - b.at).map(({ one }) => one);
        expect(compare(some, shuffled)).toBeUndefined();
      }),
    );
    expect(
      compare(
        [["1", "1", "1"]],
        [
          ["1", "1", "1"],
          ["1", "1", "1"],
        ],
      ),
    ).toMatchObject({ equal: 1, expected: 1, actual: 2 });
  });

  it("differ exactly where they are not the same, and each that has no equal is told once", () => {
    fc.assert(
      fc.property(rows, rows, fc.constantFrom([], ["a"], ["a", "b"]), (expected, actual, key) => {
        const found = compare(expected, actual, key);
        expect(found === undefined).toBe(JSON.stringify(sorted(expected)) === JSON.stringify(sorted(actual)));
        if (found === undefined) return;
        expect(told(found, "expected").length + found.equal).toBe(expected.length);
        expect(told(found, "actual").length + found.equal).toBe(actual.length);
        const rest = (all: readonly Cells[], some: readonly Cells[]): readonly string[] => {
          const left = [...sorted(some)];
          return sorted(all).filter((one) => {
            const at = left.indexOf(one);
            if (at < 0) return true;
            left.splice(at, 1);
            return false;
          });
        };
        // What is left on both sides is the same.
        expect(rest(expected, told(found, "expected"))).toEqual(rest(actual, told(found, "actual")));
        for (const one of found.rows)
          if (one.kind === "differs") {
            for (const c of one.cells) expect(c.isEqual).toBe(c.expected === c.actual);
            expect(one.cells.some((c) => !c.isEqual)).toBe(true);
            expect(one.cells.some((c) => c.isEqual)).toBe(true);
          }
      }),
    );
  });

  it("are matched so that as little as possible differs", () => {
    const found = compare(
      [
        ["1", "x", "p"],
        ["2", "y", "q"],
      ],
      [
        ["2", "y", "p"],
        ["1", "x", "q"],
      ],
    );
    expect(found?.rows).toEqual([
      {
        kind: "differs",
        cells: [
          { expected: "1", actual: "1", isEqual: true },
          { expected: "x", actual: "x", isEqual: true },
          { expected: "p", actual: "q", isEqual: false },
        ],
      },
      {
        kind: "differs",
        cells: [
          { expected: "2", actual: "2", isEqual: true },
          { expected: "y", actual: "y", isEqual: true },
          { expected: "q", actual: "p", isEqual: false },
        ],
      },
    ]);
  });

  it("of one key belong together, however much else differs", () => {
    const found = compare(
      [["1", "x", "y"]],
      [
        ["2", "x", "y"],
        ["1", "p", "q"],
      ],
      ["a"],
    );
    expect(found?.rows.map((one) => one.kind)).toEqual(["differs", "unexpected"]);
    expect(found?.rows[0]).toMatchObject({ cells: [{ actual: "1" }, { actual: "p" }, { actual: "q" }] });
  });

  it("with nothing in common are missing and unexpected", () => {
    expect(compare([["1", "x", "y"]], [["2", "p", "q"]])?.rows).toEqual([
      { kind: "missing", cells: ["1", "x", "y"] },
      { kind: "unexpected", cells: ["2", "p", "q"] },
    ]);
  });

  it("are matched in short time where there are thousands", () => {
    const many = (value: string): readonly Cells[] => Array.from({ length: 2000 }, (_, i) => [String(i), value, "z"]);
    const found = compare(many("x"), many("y"), ["a"]);
    expect(found?.rows.every((one) => one.kind === "differs")).toBe(true);
  });

  it("take values for the same that PostgreSQL does, where its text tells them apart", () => {
    const same = (type: string, expected: string, actual: string): boolean =>
      differencesOf({ columns: [text("a", type)], key: [], expected: [[expected]], actual: [[actual]] }) === undefined;
    expect(same("double precision", "0", "-0")).toBe(true);
    expect(same("numeric[]", "{1.50,2.0,NULL}", "{1.5,2,NULL}")).toBe(true);
    expect(same("numeric[]", "{1.5}", "{1.05}")).toBe(false);
    expect(same("public.citext", "Ana", "ana")).toBe(true);
    expect(same("text", "Ana", "ana")).toBe(false);
    expect(differencesOf({ columns: [text("a")], key: [], expected: [[""]], actual: [[null]] })).toBeDefined();
  });
});
