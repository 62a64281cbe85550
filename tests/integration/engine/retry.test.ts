import { expect, test } from "vitest";
import { type Engine, openClient, type Told, until, withEngine } from "../../support/engine.ts";
import { startCli } from "../../support/running-cli.ts";

const statuses = (told: Told): Readonly<Record<string, string>> =>
  Object.fromEntries([...told.result.nodes.values()].map((n) => [n.relation, n.status]));

const notes = (told: Told): readonly string[] => told.events.flatMap((e) => (e.kind === "note" ? [e.message] : []));

const oidsIn = async ({ database }: Engine, schema: string): Promise<Readonly<Record<string, string>>> => {
  const rows = await database.query(
    `select c.relname as name, c.oid::text as oid from pg_class c where c.relnamespace = $1::regnamespace and c.relkind in ('r', 'v', 'm')`,
    [schema],
  );
  return Object.fromEntries(rows.map((r) => [String(r["name"]), String(r["oid"])]));
};

const FAILING = 'select * from {{ref "b"}}\n';
const PASSING = 'select * from {{ref "b"}} where false\n';

const chain = {
  "seeds/codes.csv": "code\nx\n",
  "models/a.sql": 'select 1 as id, code from {{ref "codes"}}\n',
  "models/b.sql": '{{config materialized="view"}}\nselect * from {{ref "a"}}\n',
  "models/other.sql": "select 2 as id\n",
  "models/b_rows.test.sql": FAILING,
};

test("what is built and unchanged is published as it stands, and its tests are run again", async () => {
  await using engine = await withEngine({
    ...chain,
    "models/a.yml": `models:
  - name: a
    constraints: [{ type: primary_key, columns: [id] }]
    columns: [{ name: id, data_tests: [unique] }, { name: code, data_tests: [not_null] }]
`,
  });
  const failed = await engine.build();
  expect(failed.exit).toBe(1);
  const built = await oidsIn(engine, "shop__next");
  expect(Object.keys(built).sort()).toEqual(["a", "b", "codes", "other"]);
  expect((await engine.retry()).exit).toBe(1);
  await engine.project.write({ "models/b_rows.test.sql": PASSING });
  const told = await engine.retry();
  expect([told.exit, told.complaints]).toEqual([0, []]);
  expect(statuses(told)).toEqual({ "shop.codes": "kept", "shop.a": "kept", "shop.b": "kept", "shop.other": "kept" });
  // That of the key as well, which the primary key answers.
  expect([...told.result.tests.values()].map((t) => `${t.name} ${t.status}`).sort()).toEqual([
    "b_rows pass",
    "not_null_a_code pass",
    "unique_a_id pass",
  ]);
  expect(await oidsIn(engine, "shop")).toEqual(built);
  expect(notes(told)).toEqual([expect.stringMatching(/^goes on from run [0-9a-f-]{36} \(.+\): 4 of 4 nodes kept$/)]);
  expect(
    await engine.database.query("select command, state, args->>'verb' as verb from galley.runs order by started_at"),
  ).toEqual([
    { command: "build", state: "failed", verb: "build" },
    { command: "retry", state: "failed", verb: "build" },
    { command: "retry", state: "succeeded", verb: "build" },
  ]);
  const nothing = await engine.retry();
  expect([nothing.exit, nothing.complaints, notes(nothing)]).toEqual([
    0,
    [],
    [expect.stringMatching(/^nothing to retry: the last run \(`galley retry` of .+\) was published$/)],
  ]);
});

test("what changed is built again, with all that reads it and nothing else", async () => {
  await using engine = await withEngine({
    ...chain,
    "models/other.yml": 'models: [{ name: other, description: "x" }]\n',
  });
  expect((await engine.build()).exit).toBe(1);
  await engine.project.write({ "models/a.sql": 'select 3 as id, code from {{ref "codes"}}\n' });
  const sql = await engine.retry();
  expect(statuses(sql)).toEqual({
    "shop.codes": "kept",
    "shop.a": "success",
    "shop.b": "success",
    "shop.other": "kept",
  });
  await engine.project.write({
    "seeds/codes.csv": "code\nx\ny\n",
    "models/other.yml": "models: [{ name: other, config: { indexes: [{ columns: [id] }] } }]\n",
    "models/b_rows.test.sql": PASSING,
  });
  const file = await engine.retry();
  expect([file.exit, file.complaints]).toEqual([0, []]);
  expect(statuses(file)).toEqual({
    "shop.codes": "success",
    "shop.a": "success",
    "shop.b": "success",
    "shop.other": "success",
  });
  expect(await engine.database.query("select id, code from shop.b order by code")).toEqual([
    { id: 3, code: "x" },
    { id: 3, code: "y" },
  ]);
});

test("--fresh builds all again", async () => {
  await using engine = await withEngine(chain);
  expect((await engine.build()).exit).toBe(1);
  expect(new Set(Object.values(statuses(await engine.retry({ keeps: "none" }))))).toEqual(new Set(["success"]));
});

test("the selection, the verb and the vars are those of the run that is gone on from", async () => {
  await using engine = await withEngine(
    {
      ...chain,
      "models/other.sql": 'select {{var "n"}} as id\n',
      "models/other_rows.test.sql": 'select * from {{ref "other"}}\n',
    },
    { project: "vars: { n: 1 }" },
  );
  expect((await engine.build({ select: ["other"], vars: "{n: 7}" })).exit).toBe(1);
  await engine.project.write({ "models/other_rows.test.sql": 'select * from {{ref "other"}} where id <> 7\n' });
  const told = await engine.retry();
  expect([told.exit, statuses(told)]).toEqual([0, { "shop.other": "kept" }]);
  expect(await engine.relations()).toEqual(["shop.other"]);
});

test("a node whose constraints were not made is built again, and foreign keys that were made after their nodes are made anew", async () => {
  await using engine = await withEngine(
    {
      "models/sources.yml": "sources: [{ name: raw, tables: [{ name: games }] }]\n",
      "models/games.sql": 'select id from {{source "raw" "games"}}\n',
      "models/bets.sql": "select 1 as id, 1 as other\n",
      "models/doubtful.sql": 'select n as id from (values (1), ({{var "n"}})) as v (n)\n',
      "models/schema.yml": `models:
  - name: games
    constraints: [{ type: primary_key, columns: [id] }, { type: foreign_key, columns: [id], to: "source('raw', 'games')", to_columns: [id] }]
  - name: bets
    constraints: [{ type: foreign_key, columns: [id], to: "ref('games')", to_columns: [id] }]
  - name: doubtful
    constraints: [{ type: primary_key, columns: [id] }]
`,
    },
    { project: "vars: { n: 1 }" },
  );
  await engine.database.query(
    "create schema raw; create table raw.games (id int primary key); insert into raw.games values (1)",
  );
  const failed = await engine.build();
  expect([failed.exit, statuses(failed)]).toEqual([
    1,
    { "shop.games": "success", "shop.bets": "success", "shop.doubtful": "fail" },
  ]);
  const told = await engine.retry({ vars: "{n: 2}" });
  expect([told.exit, told.complaints]).toEqual([0, []]);
  expect(statuses(told)).toEqual({ "shop.games": "kept", "shop.bets": "kept", "shop.doubtful": "success" });
  expect(notes(told)).toContainEqual(expect.stringContaining("galley retry --fresh"));
  expect(
    await engine.database.query(
      "select conrelid::regclass::text as on, confrelid::regclass::text as to, convalidated as valid from pg_constraint where contype = 'f' and conrelid::regclass::text like 'shop.%' order by 1",
    ),
  ).toEqual([
    { on: "shop.bets", to: "shop.games", valid: true },
    { on: "shop.games", to: "raw.games", valid: true },
  ]);
});

test("what stands in the workspace and nobody vouches for is cleared: another run's relations, and what a person put there", async () => {
  await using engine = await withEngine(chain);
  expect((await engine.build({ select: ["a", "codes", "b_rows"] })).exit).toBe(0);
  expect((await engine.build()).exit).toBe(1);
  await engine.database.query(
    "create table shop__next.mine (x int); drop table shop__next.other; create table shop__next.other as select 9 as id",
  );
  await engine.project.write({ "models/b_rows.test.sql": PASSING });
  const told = await engine.retry();
  expect([told.exit, statuses(told)]).toEqual([
    0,
    { "shop.codes": "kept", "shop.a": "kept", "shop.b": "kept", "shop.other": "success" },
  ]);
  expect(notes(told)).toContainEqual(
    "1 relation of that run left the workspace: another run or `galley clean` cleared it",
  );
  expect(await engine.database.query("select id from shop.other")).toEqual([{ id: 2 }]);
  expect(await engine.relations()).toEqual(["shop.a", "shop.b", "shop.codes", "shop.other"]);
});

test("a node that reads live is built again when that has been published anew", async () => {
  await using engine = await withEngine(chain);
  expect((await engine.build({ exclude: ["b_rows"] })).exit).toBe(0);
  expect((await engine.build({ select: ["b"] })).exit).toBe(1);
  const kept = await engine.retry();
  expect(statuses(kept)).toEqual({ "shop.b": "kept" });
  const other = await engine.database.query("select run_id from galley.runs order by started_at desc limit 1");
  await engine.database.query("update galley.relations set run_id = gen_random_uuid() where name = 'a'");
  expect(other).toHaveLength(1);
  expect(statuses(await engine.retry())).toEqual({ "shop.b": "success" });
});

test("a build that was killed is gone on from", async () => {
  await using engine = await withEngine({
    "models/a.sql": "select 1 as id\n",
    "models/slow.sql": 'select id, pg_sleep(100)::text as slept from {{ref "a"}}\n',
  });
  const cli = await startCli(engine.project.root, ["build"], engine.env);
  await using watcher = await openClient(engine.database.url);
  await until(
    async () =>
      (
        await watcher.query(
          "select from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()",
        )
      ).length > 0,
  );
  const built = await oidsIn(engine, "shop__next");
  cli.child.kill("SIGKILL");
  await cli.ended;
  await engine.project.write({ "models/slow.sql": 'select id from {{ref "a"}}\n' });
  const told = await engine.retry({ lockWaitMs: 60_000 });
  expect([told.exit, told.complaints]).toEqual([0, []]);
  expect(statuses(told)).toEqual({ "shop.a": "kept", "shop.slow": "success" });
  expect((await oidsIn(engine, "shop"))["a"]).toBe(built["a"]);
  expect(await engine.database.query("select state from galley.runs order by started_at")).toEqual([
    { state: "abandoned" },
    { state: "succeeded" },
  ]);
});

test("where nothing was ever built there is nothing to retry", async () => {
  await using engine = await withEngine(chain);
  const told = await engine.retry();
  expect([told.exit, notes(told)]).toEqual([0, ["nothing to retry: shop was never built on target server"]]);
});

test("a galley schema of an older version gets what is missing", async () => {
  await using engine = await withEngine(chain);
  expect((await engine.build({ exclude: ["b_rows"] })).exit).toBe(0);
  await engine.database.query(
    "alter table galley.nodes drop column inputs, drop column relation; update galley.meta set schema_version = 1",
  );
  expect((await engine.build()).exit).toBe(1);
  expect(new Set(Object.values(statuses(await engine.retry())))).toEqual(new Set(["kept"]));
});
