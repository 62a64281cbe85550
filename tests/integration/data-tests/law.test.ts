/** Kinds that look at neighbours or bounds, over random rows: as many failures as a few lines of JavaScript find. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { withEngine } from "../../support/engine.ts";

type Row = { readonly id: number; readonly v: number | null; readonly u: number | null };

const small = fc.option(fc.integer({ min: 0, max: 9 }), { nil: null });
const tables: readonly (readonly Row[])[] = fc.sample(
  fc.array(fc.record({ v: small, u: small }), { maxLength: 7 }).map((rows) => rows.map((row, id) => ({ id, ...row }))),
  { numRuns: 60, seed: 7 },
);

const known = (rows: readonly Row[]): readonly number[] => rows.flatMap(({ v }) => (v === null ? [] : [v]));
const sorted = (values: readonly number[]): readonly number[] => values.toSorted((a, b) => a - b);
const pairs = (values: readonly number[]): readonly (readonly [number, number])[] =>
  values.slice(1).map((value, i) => [values[i] ?? 0, value]);

/** NULL comes last. */
const order = (a: number | null, b: number | null): number =>
  (a ?? Number.POSITIVE_INFINITY) === (b ?? Number.POSITIVE_INFINITY) ? 0 : a === null ? 1 : b === null ? -1 : a - b;

const overlaps = (rows: readonly Row[]): number => {
  const ranges = rows.toSorted((a, b) => order(a.v, b.v) || order(a.u, b.u));
  return ranges.filter(({ v, u }, i) => {
    const next = ranges[i + 1]?.v ?? null;
    return v === null || u === null || v >= u || (next !== null && u > next);
  }).length;
};

const LAWS: Readonly<Record<string, readonly [call: unknown, failures: (rows: readonly Row[]) => number]>> = {
  accepted_range: [
    { min_value: 2, max_value: 7, inclusive: false },
    (rows) => known(rows).filter((v) => v <= 2 || v >= 7).length,
  ],
  increasing: [{ sort_column: "id" }, (rows) => pairs(known(rows)).filter(([a, b]) => b <= a).length],
  decreasing: [{ sort_column: "id", strictly: false }, (rows) => pairs(known(rows)).filter(([a, b]) => b > a).length],
  sequential_values: [{ interval: 2 }, (rows) => pairs(sorted(known(rows))).filter(([a, b]) => b !== a + 2).length],
  no_gaps: [{}, (rows) => pairs(sorted(known(rows))).filter(([a, b]) => b > a + 1).length],
  mutually_exclusive_ranges: [{ lower_bound_column: "v", upper_bound_column: "u" }, overlaps],
};

test("kinds on neighbours and bounds find what a plain walk over the rows finds", async () => {
  const named = (kind: string, i: number): string => `${kind} ${i}`;
  await using engine = await withEngine({
    "models/raw.yml": JSON.stringify({
      sources: [
        {
          name: "raw",
          tables: tables.map((_, i) => ({
            name: `t${i}`,
            columns: [
              {
                name: "v",
                data_tests: Object.entries(LAWS).map(([kind, [call]]) => ({
                  [kind]: { name: named(kind, i), arguments: call },
                })),
              },
            ],
          })),
        },
      ],
    }),
  });
  const sqlOf = (rows: readonly Row[], i: number): string =>
    `create table raw.t${i} (id int, v int, u int); insert into raw.t${i} select * from json_populate_recordset(null::raw.t${i}, '${JSON.stringify(rows)}')`;
  await engine.database.query(`create schema raw; ${tables.map(sqlOf).join("; ")}`);
  const { events } = await engine.test();
  const found = new Map(events.flatMap((e) => (e.kind === "test_finished" ? [[e.name, e.failures] as const] : [])));
  const expected = Object.entries(LAWS).flatMap(([kind, [, failures]]) =>
    tables.map((rows, i) => [named(kind, i), failures(rows)] as const),
  );
  expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected));
  expect([...found.values()].filter((n) => n > 0).length).toBeGreaterThan(100);
});
