/**
 * The law of new rows, over random ones: what the overlay shows is what publish makes of live, both are what the strategy
 * says in a few lines of a program, the counts are those of the rows, and a key that is brought twice changes nothing more.
 */
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { DeltaStep } from "../../../src/domain/build-steps.ts";
import { type Sql, sql, textOf } from "../../../src/domain/sql.ts";
import type { TableColumn } from "../../../src/stages/execute/delta/columns.ts";
import { applyDelta, countDelta, createDelta, createOverlay } from "../../../src/stages/execute/delta/delta-sql.ts";
import { type TestDatabase, withTestDatabase } from "../../support/database.ts";
import { openClient } from "../../support/engine.ts";

let database: TestDatabase;
let client: Awaited<ReturnType<typeof openClient>>;
beforeAll(async () => {
  database = await withTestDatabase();
  client = await openClient(database.url);
  await client.query("create schema live; create schema work; create schema raw");
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

type Row = readonly [a: number | null, b: number, value: number | null, note: number];
type Key = readonly ("a" | "b")[];
type Law = {
  readonly strategy: "append" | "upsert" | "delete_insert" | "merge";
  readonly key: Key;
  /** A live row that it does not hold for is none of the strategy's business. */
  readonly isAbove?: number;
  readonly updated?: DeltaStep["updated"];
};

const laws: readonly Law[] = [
  { strategy: "append", key: [] },
  { strategy: "upsert", key: ["a"] },
  { strategy: "upsert", key: ["a", "b"] },
  { strategy: "upsert", key: ["a"], updated: { kind: "only", columns: ["value"] } },
  { strategy: "upsert", key: ["a", "b"], updated: { kind: "all but", columns: ["value"] } },
  { strategy: "merge", key: ["b"] },
  { strategy: "merge", key: ["a", "b"], updated: { kind: "only", columns: ["note"] } },
  { strategy: "merge", key: ["a"], isAbove: 0 },
  { strategy: "delete_insert", key: ["a"] },
  { strategy: "delete_insert", key: ["a", "b"] },
  { strategy: "delete_insert", key: ["b"], isAbove: 0 },
];

const NAMES = ["a", "b", "value", "note"];
const COLUMNS: readonly TableColumn[] = NAMES.map((name) => ({
  name,
  type: "integer",
  isFilled: false,
  expression: undefined,
}));

const stepOf = ({ strategy, key, isAbove, updated = { kind: "all" } }: Law): DeltaStep =>
  // Only what these statements read.
  ({
    query: sql`select * from raw.rows`,
    live: { schema: "live", name: "t" },
    overlay: { schema: "work", name: "t" },
    delta: { schema: "work", name: "new" },
    key,
    predicates: isAbove === undefined ? [] : [sql`dbt_internal_dest.value > 0`],
    strategy,
    updated,
    batches: undefined,
  }) as unknown as DeltaStep;

const byKey = ([a, b]: Row, key: Key): string | undefined =>
  key.includes("a") && a === null ? undefined : JSON.stringify(key.map((k) => (k === "a" ? a : b)));

/** The strategies as their documentation says them. */
const applied = ({ strategy, key, isAbove, updated }: Law, live: readonly Row[], given: readonly Row[]) => {
  const takes = (row: Row): boolean => isAbove === undefined || (row[2] !== null && row[2] > isAbove);
  const news = new Map(
    given.flatMap((row) => (byKey(row, key) === undefined ? [] : [[byKey(row, key), row] as const])),
  );
  const newOf = (row: Row): Row | undefined => (takes(row) ? news.get(byKey(row, key) ?? "none") : undefined);
  if (strategy === "append") return { rows: [...live, ...given], replaced: 0 };
  const replaced = live.filter((row) => newOf(row) !== undefined);
  const staying = live.filter((row) => newOf(row) === undefined);
  if (strategy === "delete_insert") return { rows: [...staying, ...given], replaced: replaced.length };
  const keeps = (column: string): boolean => {
    if (key.some((k) => k === column)) return false;
    if (updated === undefined || updated.kind === "all") return false;
    return updated.kind === "only" ? !updated.columns.includes(column) : updated.columns.includes(column);
  };
  const changed = replaced.map((old): Row => {
    const values = newOf(old) ?? old;
    return NAMES.map((name, i) => (keeps(name) ? old[i] : values[i])) as unknown as Row;
  });
  const matched = new Set(replaced.map((row) => byKey(row, key)));
  const inserted = given.filter((row) => !matched.has(byKey(row, key) ?? "none"));
  return { rows: [...staying, ...changed, ...inserted], replaced: replaced.length };
};

const run = (statement: Sql) => client.query(textOf(statement));

const fill = async (table: string, rows: readonly Row[]): Promise<void> => {
  const values = rows.map((row) => `(${row.map((v) => v ?? "null").join(", ")})`).join(", ");
  await client.query(
    `create table ${table} (a int, b int, value int, note int); ${rows.length === 0 ? "" : `insert into ${table} values ${values}`}`,
  );
};

const textsOf = async (table: string): Promise<readonly string[]> =>
  (await client.query(`select to_json(array[a, b, value, note])::text as row from ${table}`))
    .map((r) => String(r["row"]))
    .sort();

const take = async (step: DeltaStep): Promise<{ readonly shown: readonly string[]; readonly replaced: number }> => {
  const given = COLUMNS.map(({ name, type }) => ({ name, type, from: "query" as const }));
  await run(createDelta(step, given, COLUMNS));
  await run(createOverlay(step, { live: COLUMNS, delta: COLUMNS }));
  const [counts] = await run(countDelta(step));
  const shown = await textsOf("work.t");
  for (const statement of applyDelta(step, NAMES)) await run(statement);
  await client.query("drop view work.t; drop table work.new");
  return { shown, replaced: Number(counts?.["replaced"]) };
};

const small = fc.integer({ min: 0, max: 3 });
/** New rows have a key, which is tested. */
const rowsFor = ({ strategy, key }: Law, side: "live" | "new"): fc.Arbitrary<readonly Row[]> => {
  const nullable: fc.Arbitrary<number | null> = side === "live" || strategy === "append" ? fc.option(small) : small;
  const value = fc.option(fc.integer({ min: -1, max: 1 }));
  if (strategy === "append" || strategy === "delete_insert")
    return fc.array(fc.tuple(nullable, small, value, small), { maxLength: 8 });
  // A key stands for one row, as its index says.
  return fc.uniqueArray(fc.tuple(small, small, value, small), { maxLength: 8, selector: (row) => byKey(row, key) });
};

test.each(
  laws.map(
    (law) =>
      [
        Object.values(law)
          .map((part) => JSON.stringify(part))
          .join(" "),
        law,
      ] as const,
  ),
)("%s", async (_, law) => {
  const step = stepOf(law);
  await fc.assert(
    fc.asyncProperty(rowsFor(law, "live"), rowsFor(law, "new"), async (live, given) => {
      await client.query("rollback; begin");
      await fill("live.t", live);
      await fill("raw.rows", given);
      if (law.strategy === "upsert") await client.query(`create unique index on live.t (${law.key.join(", ")})`);
      const expected = applied(law, live, given);
      const taken = await take(step);
      expect(taken.shown, "the overlay").toEqual(expected.rows.map((row) => JSON.stringify(row)).sort());
      expect(await textsOf("live.t"), "live").toEqual(taken.shown);
      expect(taken.replaced).toBe(expected.replaced);
      if (law.strategy === "append" || law.isAbove !== undefined) return;
      const before = await client.query("select ctid::text, xmin::text from live.t order by 1");
      expect((await take(step)).shown, "the same rows once more").toEqual(taken.shown);
      expect(await textsOf("live.t")).toEqual(taken.shown);
      if (law.strategy === "upsert" || law.strategy === "merge")
        expect(await client.query("select ctid::text, xmin::text from live.t order by 1"), "not a row written").toEqual(
          before,
        );
    }),
    { numRuns: 25 },
  );
  await client.query("rollback");
});
