/**
 * The law of a history, over random ones: as of each run the versions are the rows that the run saw, whatever came later;
 * no two versions of a key overlap; a run in which nothing changed adds nothing.
 */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SnapshotStep } from "../../../src/domain/build-steps.ts";
import type { HardDeletes, SnapshotConfig, SnapshotStrategy } from "../../../src/domain/config.ts";
import { ident, literal, type Sql, sql, textOf } from "../../../src/domain/sql.ts";
import type { ColumnShape } from "../../../src/stages/execute/snapshot/shape.ts";
import { changedVersions, firstVersions } from "../../../src/stages/execute/snapshot/versions-sql.ts";
import { type TestDatabase, withTestDatabase } from "../../support/database.ts";
import { openClient } from "../../support/engine.ts";

let database: TestDatabase;
let client: Awaited<ReturnType<typeof openClient>>;
beforeAll(async () => {
  database = await withTestDatabase();
  client = await openClient(database.url);
  await client.query("create schema s; create table s.rows (id int, value int, changed timestamptz)");
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

const LIVE = { schema: "s", name: "history" };
const DELTA = { schema: "s", name: "delta" };
const KEYS = [1, 2, 3];

/** What a key is when a run looks at it: gone, or a value; `isRestored`: it came back with the time that it had. */
type Seen = { readonly value: number | null; readonly isRestored: boolean } | undefined;

const seen: fc.Arbitrary<Seen> = fc.option(
  fc.record({ value: fc.option(fc.integer({ min: 0, max: 1 })), isRestored: fc.boolean() }),
  { nil: undefined },
);
const histories = fc.array(fc.tuple(seen, seen, seen), { minLength: 2, maxLength: 6 });

type Row = { readonly id: number; readonly value: number | null; readonly changed: string };

const at = (hour: number): string => new Date(Date.UTC(2026, 0, 1, hour)).toISOString();

/** The rows that each run sees; `changed` moves with the value, and lies before the run and after the one before. */
const rowsOf = (history: readonly (readonly Seen[])[], hardDeletes: HardDeletes): readonly (readonly Row[])[] => {
  const last = new Map<number, { row: Row; isThere: boolean }>();
  return history.map((states, run) =>
    states.flatMap((state, i) => {
      const id = KEYS[i] ?? 0;
      const before = last.get(id);
      if (state === undefined) {
        if (before !== undefined) last.set(id, { ...before, isThere: false });
        return [];
      }
      const isSame = before?.row.value === state.value;
      const keepsTime =
        before !== undefined && (isSame || (!before.isThere && hardDeletes !== "ignore")) && state.isRestored;
      const row = {
        id,
        value: state.value,
        changed: keepsTime || (isSame && before.isThere) ? before.row.changed : at(2 * run + 1),
      };
      last.set(id, { row, isThere: true });
      return [row];
    }),
  );
};

const configOf = (strategy: SnapshotStrategy, hardDeletes: HardDeletes, current: string | undefined): SnapshotConfig =>
  // Only what the SQL of versions reads.
  ({
    strategy,
    uniqueKey: ["id"],
    hardDeletes,
    validToCurrent:
      current === undefined
        ? undefined
        : { value: current, span: { file: { path: "s.yml", text: "" }, start: 0, end: 0 } },
    columnNames: {
      scdId: "scd_id",
      updatedAt: "updated_at",
      validFrom: "valid_from",
      validTo: "valid_to",
      isDeleted: "is_deleted",
    },
  }) as unknown as SnapshotConfig;

const run = (statement: Sql) => client.query(textOf(statement));

const shapeOf = async (table: string): Promise<readonly ColumnShape[]> =>
  (await client.query(
    `select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute where attrelid = '${table}'::regclass and attnum > 0 and not attisdropped order by attnum`,
  )) as unknown as readonly ColumnShape[];

const stepOf = (config: SnapshotConfig, time: string): SnapshotStep =>
  ({
    query: sql`select * from s.rows`,
    config,
    now: sql`${literal(time)}::timestamptz`,
    rules: [],
  }) as unknown as SnapshotStep;

const change = async (config: SnapshotConfig, time: string): Promise<number> => {
  await client.query("drop table if exists s.delta");
  const shapes = { watched: await shapeOf("s.rows"), history: await shapeOf("s.history") };
  await run(changedVersions(stepOf(config, time), LIVE, shapes, DELTA));
  const [counted] = await client.query("select count(*)::int as n from s.delta");
  await run(
    sql`insert into s.history select * from s.delta on conflict (scd_id) do update set valid_to = excluded.valid_to`,
  );
  return Number(counted?.["n"]);
};

const setRows = async (rows: readonly Row[]): Promise<void> => {
  await run(sql`delete from s.rows`);
  for (const { id, value, changed } of rows)
    await run(sql`insert into s.rows values (${literal(id)}, ${literal(value)}, ${literal(changed)})`);
};

const asOf = async (time: string, config: SnapshotConfig): Promise<readonly unknown[]> => {
  const deleted = config.hardDeletes === "new_record" ? sql` and ${ident("is_deleted")} = 'False'` : sql``;
  const rows = await run(
    sql`select id, value from s.history where valid_from <= ${literal(time)}::timestamptz and (valid_to is null or valid_to > ${literal(time)}::timestamptz)${deleted} order by id`,
  );
  return rows.map((r) => ({ id: r["id"], value: r["value"] }));
};

const OVERLAPS = `select a.id, a.valid_from, a.valid_to, b.valid_from as other from s.history a join s.history b on a.id = b.id and a.scd_id <> b.scd_id
  where tstzrange(a.valid_from, a.valid_to) && tstzrange(b.valid_from, b.valid_to)`;

const strategies: readonly SnapshotStrategy[] = [
  { kind: "timestamp", updatedAt: "changed" },
  { kind: "check", columns: ["value"], updatedAt: undefined },
  { kind: "check", columns: ["value"], updatedAt: "changed" },
];
const cases = strategies.flatMap((strategy) =>
  (["ignore", "invalidate", "new_record"] as const).flatMap((hardDeletes) =>
    [undefined, "'9999-12-31'"].map((current) => ({ strategy, hardDeletes, current })),
  ),
);

describe("a history is what each run saw", () => {
  test.each(
    cases.map(
      (c) =>
        [
          `${c.strategy.kind}${c.strategy.kind === "check" && c.strategy.updatedAt !== undefined ? " with updated_at" : ""}, ${c.hardDeletes}${c.current === undefined ? "" : ", with an end of its own"}`,
          c,
        ] as const,
    ),
  )(
    "%s",
    async (_, { strategy, hardDeletes, current }) => {
      const config = configOf(strategy, hardDeletes, current);
      await fc.assert(
        fc.asyncProperty(histories, async (history) => {
          await client.query("rollback");
          const runs = rowsOf(history, hardDeletes);
          await client.query("begin");
          await setRows(runs[0] ?? []);
          await run(firstVersions(stepOf(config, at(2)), LIVE));
          await client.query("alter table s.history add unique (scd_id)");
          for (const [i, rows] of runs.entries()) {
            if (i === 0) continue;
            await setRows(rows);
            await change(config, at(2 * i + 2));
            expect(await change(config, at(2 * i + 2)), "a run in which nothing changed").toBe(0);
          }
          for (const [i, rows] of runs.entries()) {
            const expected = rows.map(({ id, value }) => ({ id, value }));
            const found = await asOf(at(2 * i + 2), config);
            // What is gone goes on holding where hard deletes are ignored.
            const known =
              hardDeletes === "ignore" ? found.filter((f) => rows.some((r) => r.id === (f as Row).id)) : found;
            expect(known, `as of run ${i}`).toEqual(expected);
          }
          expect(await client.query(OVERLAPS)).toEqual([]);
          await client.query("rollback");
        }),
        { numRuns: 5 },
      );
    },
    120_000,
  );
});
