import { afterAll, expect, test } from "vitest";
import { type Engine, photographOf, withEngine } from "../../support/engine.ts";

const open: Engine[] = [];
afterAll(async () => {
  for (const engine of open) await engine[Symbol.asyncDispose]();
});

const SOURCES = `sources:
  - name: crm
    schema: crm
    tables: [{ name: customers }]
`;

const snapshot = (config: string, more = ""): string => `snapshots:
  - name: history
    relation: source('crm', 'customers')
    config: { unique_key: id, ${config} }
${more}`;

const TIMESTAMP = snapshot("strategy: timestamp, updated_at: changed");

const start = async (yaml: string, files: Readonly<Record<string, string>> = {}): Promise<Engine> => {
  const engine = await withEngine({ "models/crm.yml": SOURCES, "snapshots/s.yml": yaml, ...files });
  open.push(engine);
  await engine.database.query(
    `create schema crm; create table crm.customers (id int, plan text, changed timestamptz);
     insert into crm.customers values (1, 'basic', '2026-01-01Z'), (2, null, '2026-01-02Z')`,
  );
  return engine;
};

const rows = (
  { database }: Engine,
  columns = "id, plan, dbt_valid_from::date::text as since, dbt_valid_to::date::text as until",
) => database.query(`select ${columns} from shop.history order by id, dbt_valid_from, dbt_valid_to, plan`);

const built = async (engine: Engine): Promise<void> => {
  const told = await engine.build();
  expect(told.complaints).toEqual([]);
  expect(told.exit).toBe(0);
};

test("the first build holds every row; a later one ends what changed and begins its next version", async () => {
  const engine = await start(TIMESTAMP);
  await built(engine);
  expect(await rows(engine)).toEqual([
    { id: 1, plan: "basic", since: "2026-01-01", until: null },
    { id: 2, plan: null, since: "2026-01-02", until: null },
  ]);
  const [before] = await engine.database.query("select 'shop.history'::regclass::oid as oid");
  await engine.database.query(
    "update crm.customers set plan = 'gold', changed = '2026-02-01Z' where id = 1; insert into crm.customers values (3, 'basic', '2026-02-02Z')",
  );
  const second = await engine.build();
  expect(second.complaints).toEqual([]);
  expect(second.events.find((e) => e.kind === "node_finished")).toMatchObject({ materialized: "snapshot", rows: 2 });
  const versions = [
    { id: 1, plan: "basic", since: "2026-01-01", until: "2026-02-01" },
    { id: 1, plan: "gold", since: "2026-02-01", until: null },
    { id: 2, plan: null, since: "2026-01-02", until: null },
    { id: 3, plan: "basic", since: "2026-02-02", until: null },
  ];
  expect(await rows(engine)).toEqual(versions);
  expect(await engine.database.query("select 'shop.history'::regclass::oid as oid")).toEqual([before]);
  // Nothing changed, nothing is added; equal and older times are no change.
  await built(engine);
  await engine.database.query("update crm.customers set plan = 'late', changed = '2025-12-31Z' where id = 1");
  await built(engine);
  expect(await rows(engine)).toEqual(versions);
  expect(await engine.relations()).toEqual(["crm.customers", "shop.history"]);
});

test("ids are those that dbt gives", async () => {
  const engine = await start(TIMESTAMP);
  await built(engine);
  expect(await rows(engine, "dbt_scd_id = md5(id::varchar || '|' || changed::varchar) as is_dbts")).toEqual([
    { is_dbts: true },
    { is_dbts: true },
  ]);
});

test("strategy check compares columns, also with NULL, and dates a change by the run", async () => {
  const engine = await start(snapshot("strategy: check, check_cols: [plan]"));
  await built(engine);
  await engine.database.query(
    "update crm.customers set plan = 'gold' where id = 2; update crm.customers set plan = null where id = 1; update crm.customers set changed = now()",
  );
  await built(engine);
  await built(engine);
  expect(await rows(engine, "id, plan, dbt_valid_to is null as holds")).toEqual([
    { id: 1, plan: "basic", holds: false },
    { id: 1, plan: null, holds: true },
    { id: 2, plan: null, holds: false },
    { id: 2, plan: "gold", holds: true },
  ]);
});

test.each([
  ["ignore", [true]],
  ["invalidate", [false, true]],
])("with hard deletes %s, a row that went and came back", async (hardDeletes, holds) => {
  const engine = await start(snapshot(`strategy: timestamp, updated_at: changed, hard_deletes: ${hardDeletes}`));
  await built(engine);
  await engine.database.query("delete from crm.customers where id = 1");
  await built(engine);
  await engine.database.query("insert into crm.customers values (1, 'basic', '2026-01-01Z')");
  await built(engine);
  const versions = await rows(engine, "id, dbt_valid_to is null as holds");
  expect(versions.filter((r) => r["id"] === 1).map((r) => r["holds"])).toEqual(holds);
});

test("with hard deletes new_record, versions say that a row is gone, under names of the project's own", async () => {
  const engine = await start(
    snapshot(
      "strategy: check, check_cols: all, hard_deletes: new_record, dbt_valid_to_current: \"'9999-12-31'\", snapshot_meta_column_names: { dbt_valid_from: began, dbt_valid_to: ended, dbt_is_deleted: is_gone }",
    ),
  );
  await built(engine);
  await engine.database.query("delete from crm.customers where id = 1");
  await built(engine);
  await built(engine);
  await engine.database.query("insert into crm.customers values (1, 'gold', '2026-03-01Z')");
  await built(engine);
  expect(
    await engine.database.query(
      "select plan, is_gone, ended = '9999-12-31' as holds from shop.history where id = 1 order by began",
    ),
  ).toEqual([
    { plan: "basic", is_gone: "False", holds: false },
    { plan: "basic", is_gone: "True", holds: false },
    { plan: "gold", is_gone: "False", holds: true },
  ]);
});

test("models and tests of the run see the history as it will be; publish binds views to live", async () => {
  const engine = await start(
    snapshot("strategy: timestamp, updated_at: changed", "    data_tests: [{ dbt_utils_like: {} }]").replace(
      "    data_tests: [{ dbt_utils_like: {} }]",
      "    columns: [{ name: dbt_scd_id, data_tests: [unique, not_null] }]",
    ),
    {
      "models/plans.sql": 'select id, plan from {{ref "history"}} where dbt_valid_to is null',
      "models/current.sql":
        '{{config materialized="view"}}\nselect id, plan from {{ref "history"}} where dbt_valid_to is null',
    },
  );
  await built(engine);
  await engine.database.query("update crm.customers set plan = 'gold', changed = '2026-02-01Z' where id = 1");
  const told = await engine.build();
  expect(told.complaints).toEqual([]);
  const expected = [
    { id: 1, plan: "gold" },
    { id: 2, plan: null },
  ];
  expect(await engine.database.query("select * from shop.plans order by id")).toEqual(expected);
  expect(await engine.database.query("select * from shop.current order by id")).toEqual(expected);
  expect(
    await engine.database.query("select pg_get_viewdef('shop.current'::regclass) like '%__next%' as is_left"),
  ).toEqual([{ is_left: false }]);
});

test("a failed test leaves the history as it was, and the next run goes on", async () => {
  const engine = await start(
    snapshot(
      "strategy: timestamp, updated_at: changed",
      "    columns: [{ name: plan, data_tests: [{ accepted_values: { arguments: { values: [basic] } } }] }]\n",
    ),
  );
  await built(engine);
  const before = await photographOf(engine.database, ["shop"]);
  await engine.database.query("update crm.customers set plan = 'gold', changed = '2026-02-01Z' where id = 1");
  expect((await engine.build()).exit).toBe(1);
  expect(await photographOf(engine.database, ["shop"])).toEqual(before);
  await engine.database.query("update crm.customers set plan = 'basic', changed = '2026-02-02Z' where id = 1");
  await built(engine);
  expect(await rows(engine, "id, dbt_valid_from::date::text as since")).toEqual([
    { id: 1, since: "2026-01-01" },
    { id: 1, since: "2026-02-02" },
    { id: 2, since: "2026-01-02" },
  ]);
});

test("rows that share a key, or have none, are a failed data test with the rows", async () => {
  const engine = await start(TIMESTAMP);
  await built(engine);
  await engine.database.query("insert into crm.customers values (1, 'twice', '2026-03-01Z'), (null, 'none', null)");
  const told = await engine.build();
  expect(told.exit).toBe(1);
  const failed = told.events.filter((e) => e.kind === "test_finished");
  expect(
    failed.map((e) => ({ name: e.name, failures: e.failures, by: e.decidedBy, rows: e.sample?.rows.toSorted() })),
  ).toEqual([
    {
      name: "history_unique_key",
      failures: 2,
      by: "rule (unique key)",
      rows: [
        [null, "1"],
        ["1", "2"],
      ],
    },
    { name: "history_updated_at", failures: 1, by: "rule (updated at)", rows: [[null, null, "none"]] },
  ]);
  expect(await rows(engine)).toHaveLength(2);
});

test("columns that come are added, columns that go stay with NULL, another type is refused", async () => {
  const engine = await start(snapshot("strategy: check, check_cols: all"));
  await built(engine);
  await engine.database.query(
    "alter table crm.customers drop column plan, add column tier int; update crm.customers set tier = 7 where id = 1",
  );
  await built(engine);
  expect(await rows(engine, "id, plan, tier, dbt_valid_to is null as holds")).toEqual([
    { id: 1, plan: "basic", tier: null, holds: false },
    { id: 1, plan: null, tier: 7, holds: true },
    { id: 2, plan: null, tier: null, holds: true },
  ]);
  await engine.database.query("alter table crm.customers alter column tier type text");
  const told = await engine.build();
  expect(told.exit).toBe(3);
  expect(told.complaints).toEqual([
    "execute/snapshot-misfit: snapshot.shop.history: columns have other types than in shop.history, which is never made anew",
  ]);
});

test("another key is another history, and refused", async () => {
  const engine = await start(TIMESTAMP);
  await built(engine);
  await engine.project.write({ "snapshots/s.yml": TIMESTAMP.replace("unique_key: id", "unique_key: [id, plan]") });
  await engine.database.query("update crm.customers set plan = 'basic'");
  const told = await engine.build();
  expect(told.complaints).toEqual([
    "execute/snapshot-misfit: snapshot.shop.history: its unique_key is id, plan, and the history of shop.history goes by another. It was id.",
  ]);
});

test("keys of several columns", async () => {
  const engine = await start(TIMESTAMP.replace("unique_key: id", "unique_key: [id, plan]"));
  await engine.database.query(
    "update crm.customers set plan = 'basic'; insert into crm.customers values (1, 'gold', '2026-01-01Z')",
  );
  await built(engine);
  await engine.database.query("update crm.customers set changed = '2026-02-01Z' where plan = 'gold'");
  await built(engine);
  expect(await rows(engine, "id, plan, dbt_valid_to is null as holds")).toEqual([
    { id: 1, plan: "gold", holds: false },
    { id: 1, plan: "basic", holds: true },
    { id: 1, plan: "gold", holds: true },
    { id: 2, plan: "basic", holds: true },
  ]);
});

test("--full-refresh leaves a history alone, and so does clean --orphans when its entry is gone", async () => {
  const engine = await start(TIMESTAMP);
  await built(engine);
  await engine.database.query("update crm.customers set plan = 'gold', changed = '2026-02-01Z' where id = 1");
  await engine.build({ isFullRefresh: true });
  expect(await rows(engine)).toHaveLength(3);
  await engine.project.write({ "snapshots/s.yml": "version: 2\n", "models/a.sql": "select 1 as id" });
  const cleaned = await engine.clean({ dropsOrphans: true });
  expect(cleaned.value?.filter((r) => r.name === "shop.history")).toMatchObject([{ status: "kept" }]);
  expect(await rows(engine)).toHaveLength(3);
});

test("a table of dbt's is gone on with under --adopt, once it has its indexes", async () => {
  const engine = await start(TIMESTAMP);
  await engine.database.query(
    `create schema shop; create table shop.history as select *, md5(id || '|' || changed) as dbt_scd_id, changed as dbt_updated_at, changed as dbt_valid_from, null::timestamptz as dbt_valid_to from crm.customers`,
  );
  expect((await engine.build()).exit).toBe(6);
  const told = await engine.build({ foreign: "adopted" });
  expect(told.complaints).toEqual([
    "execute/snapshot-misfit: snapshot.shop.history: shop.history lacks the indexes that keep a key to one version at a time",
  ]);
  const help = told.diagnostics[0]?.help ?? "";
  await engine.database.query(help.slice(help.indexOf("create ")));
  await engine.database.query("update crm.customers set plan = 'gold', changed = '2026-02-01Z' where id = 1");
  expect((await engine.build({ foreign: "adopted" })).complaints).toEqual([]);
  expect(await rows(engine)).toHaveLength(3);
});

test("an index and a description that are declared later reach the history; one declared no longer stays, and is told", async () => {
  const engine = await start(snapshot("strategy: timestamp, updated_at: changed, indexes: [{ columns: [plan] }]"));
  await built(engine);
  const indexes = async () =>
    (await engine.database.query("select indexname from pg_indexes where schemaname = 'shop' order by 1")).map(
      (row) => row["indexname"],
    );
  const first = await indexes();
  expect(first).toContain("history_plan_idx");
  await engine.project.write({
    "snapshots/s.yml": snapshot(
      "strategy: timestamp, updated_at: changed, indexes: [{ columns: [plan, id] }]",
      "    description: Who had which plan.\n    columns: [{ name: plan, description: What is paid. }]\n",
    ),
  });
  const { value: plan } = await engine.plan();
  expect([...(plan?.tasks.values() ?? [])].flatMap((task) => (task.kind === "build" ? task.remarks : []))).toEqual([
    "makes index history_plan_id_idx",
    "index history_plan_idx is declared no longer, and stays",
  ]);
  await built(engine);
  expect(await indexes()).toEqual([...first, "history_plan_id_idx"].sort());
  expect(
    await engine.database.query(
      "select obj_description('shop.history'::regclass, 'pg_class') as history, col_description('shop.history'::regclass, 2) as plan",
    ),
  ).toEqual([{ history: "Who had which plan.", plan: "What is paid." }]);
});
