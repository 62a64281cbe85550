import { rm } from "node:fs/promises";
import { expect, test } from "vitest";
import { openClient, until, withEngine } from "../../support/engine.ts";

const files = { "models/a.sql": "select 1 as id\n", "models/b.sql": 'select * from {{ref "a"}}\n' };

const bets = {
  "models/sources.yml": "sources: [{ name: raw, tables: [{ name: games }] }]\n",
  "models/bets.sql": 'select id from {{source "raw" "games"}}\n',
  "models/bets.yml": `models:
  - name: bets
    constraints:
      - { type: primary_key, columns: [id] }
      - { type: foreign_key, columns: [id], to: "source('raw', 'games')", to_columns: [id] }
`,
};

test("an old relation that cannot be dropped yet is left with a warning, and later runs go on beside it", async () => {
  await using engine = await withEngine(bets, { target: "lock_timeout: 10ms" });
  await engine.database.query("create schema raw; create table raw.games (id int primary key)");
  expect((await engine.build()).exit).toBe(0);
  // To drop a table with a foreign key, the server locks the table that the key refers to.
  await using reader = await openClient(engine.database.url, "dashboard");
  await reader.query("begin; lock table raw.games in access share mode");
  const told = await engine.build();
  expect([told.exit, told.complaints]).toEqual([
    0,
    [expect.stringMatching(/^execute\/drop-left: shop__old\.bets could not be dropped yet: .*lock timeout/)],
  ]);
  expect(await engine.relations()).toEqual(["raw.games", "shop.bets", "shop__old.bets"]);
  const beside = await engine.build();
  expect([beside.exit, beside.diagnostics.map((d) => d.code)]).toEqual([0, ["execute/drop-left", "execute/drop-left"]]);
  expect(await engine.relations()).toEqual(["raw.games", "shop.bets", "shop__old.bets", "shop__old2.bets"]);
  const cleaned = await engine.clean();
  expect([cleaned.exit, cleaned.value?.filter((r) => r.what === "relation").map((r) => [r.name, r.status])]).toEqual([
    6,
    [
      ["shop__old.bets", "kept"],
      ["shop__old2.bets", "kept"],
    ],
  ]);
  await reader.query("rollback");
  const next = await engine.build();
  expect([next.exit, next.complaints]).toEqual([0, []]);
  expect(await engine.relations()).toEqual(["raw.games", "shop.bets"]);
});

test("who reads what was parked, night after night, is in nobody's way", async () => {
  await using engine = await withEngine(bets, { target: "lock_timeout: 10ms" });
  await engine.database.query("create schema raw; create table raw.games (id int primary key)");
  expect((await engine.build()).exit).toBe(0);
  await using writer = await openClient(engine.database.url, "writer");
  await writer.query("begin; lock table raw.games in access share mode");
  expect((await engine.build()).complaints).toHaveLength(1);
  await using reader = await openClient(engine.database.url, "pg_dump");
  await reader.query("begin; select * from shop__old.bets");
  await writer.query("rollback");
  // Its index has the name of the one that is parked next.
  for (let night = 0; night < 2; night++) {
    const told = await engine.build();
    expect([told.exit, told.complaints]).toEqual([
      0,
      [expect.stringMatching(/^execute\/drop-left: shop__old2\.bets could not be dropped yet: .*lock timeout/)],
    ]);
    expect(await engine.relations()).toEqual(["raw.games", "shop.bets", "shop__old2.bets"]);
  }
  await reader.query("commit");
  const last = await engine.build();
  expect([last.exit, last.complaints]).toEqual([0, []]);
  expect(await engine.relations()).toEqual(["raw.games", "shop.bets"]);
  expect(await engine.database.query("select nspname from pg_namespace where nspname like 'shop\\_\\_%'")).toEqual([]);
});

test("a relation that somebody reads in the workspace of a failed run is refused by name, until they let go", async () => {
  await using engine = await withEngine(
    { ...files, "models/fails.test.sql": 'select * from {{ref "b"}}\n' },
    { target: "lock_timeout: 10ms" },
  );
  expect((await engine.build()).exit).toBe(1);
  await using reader = await openClient(engine.database.url, "curious");
  await reader.query("begin; select * from shop__next.a");
  const told = await engine.build();
  expect([told.exit, told.complaints]).toEqual([
    6,
    [expect.stringMatching(/^execute\/workspace-in-use: shop__next\.a, left by an earlier run, cannot be dropped: /)],
  ]);
  await reader.query("commit");
  expect((await engine.build()).exit).toBe(1);
});

test("clean lists what a failed run left, and drops it", async () => {
  await using engine = await withEngine({ ...files, "models/fails.test.sql": 'select * from {{ref "b"}}\n' });
  expect((await engine.build()).exit).toBe(1);
  await engine.project.write({ "target/x.txt": "x" });
  const planned = await engine.clean({ isDryRun: true });
  expect(planned.exit).toBe(0);
  expect(planned.value?.filter((r) => r.what === "relation")).toEqual([
    { what: "relation", name: "shop__next.a", status: "planned", because: "left by a run" },
    { what: "relation", name: "shop__next.b", status: "planned", because: "left by a run" },
  ]);
  expect(await engine.relations()).toEqual(["shop__next.a", "shop__next.b"]);
  expect(await engine.project.read("target/x.txt")).toBe("x");
  const cleaned = await engine.clean();
  expect([cleaned.exit, cleaned.value?.filter((r) => r.what === "relation").map((r) => [r.name, r.status])]).toEqual([
    0,
    [
      ["shop__next.a", "removed"],
      ["shop__next.b", "removed"],
    ],
  ]);
  expect(await engine.relations()).toEqual([]);
  expect(await engine.database.query("select nspname from pg_namespace where nspname like 'shop\\_\\_%'")).toEqual([]);
  await expect(engine.project.read("target/x.txt")).rejects.toThrow("ENOENT");
});

test("clean on a database that was never written to has nothing to do", async () => {
  await using engine = await withEngine(files);
  const told = await engine.clean();
  expect([told.exit, told.complaints, told.value]).toEqual([0, [], []]);
});

test("a relation whose model is gone is an orphan: plan lists it, clean --orphans drops it, never what somebody needs", async () => {
  await using engine = await withEngine({
    ...files,
    "models/v1.sql": '{{config materialized="view"}}\nselect * from {{ref "a"}}\n',
    "models/v2.sql": '{{config materialized="view"}}\nselect * from {{ref "v1"}}\n',
    "models/v3.sql": '{{config materialized="materialized_view"}}\nselect * from {{ref "v2"}}\n',
    "models/needed.sql": "select 1 as id\n",
  });
  expect((await engine.build()).exit).toBe(0);
  await engine.database.query(
    "create schema others; create view others.v as select * from shop.needed; create table shop.foreign_one (x int)",
  );
  for (const gone of ["a", "v1", "v2", "v3", "needed"]) await rm(`${engine.project.root}/models/${gone}.sql`);
  await engine.project.write({ "models/b.sql": "select 1 as id\n" });
  const plan = await engine.plan();
  expect(plan.value?.orphans.map((o) => [`${o.relation.schema}.${o.relation.name}`, o.nodeId])).toEqual([
    ["shop.a", "model.shop.a"],
    ["shop.needed", "model.shop.needed"],
    ["shop.v1", "model.shop.v1"],
    ["shop.v2", "model.shop.v2"],
    ["shop.v3", "model.shop.v3"],
  ]);
  const dry = await engine.clean({ dropsOrphans: true, isDryRun: true });
  expect(dry.value?.filter((r) => r.what !== "folder" && r.what !== "file").map((r) => r.status)).toEqual([
    "planned",
    "planned",
    "planned",
    "planned",
    "planned",
  ]);
  const told = await engine.clean({ dropsOrphans: true });
  expect(told.exit).toBe(6);
  expect(
    told.value
      ?.filter((r) => r.what !== "folder" && r.what !== "file")
      .map((r) => [r.name, r.status])
      .sort(),
  ).toEqual([
    ["shop.a", "removed"],
    ["shop.needed", "kept"],
    ["shop.v1", "removed"],
    ["shop.v2", "removed"],
    ["shop.v3", "removed"],
  ]);
  expect(told.value?.find((r) => r.status === "kept")?.because).toContain("view others.v depends on table shop.needed");
  expect(await engine.relations()).toEqual(["others.v", "shop.b", "shop.foreign_one", "shop.needed"]);
  expect(await engine.database.query("select name from galley.relations order by 1")).toEqual([
    { name: "b" },
    { name: "needed" },
  ]);
});

test("clean waits for nobody: a run that writes the schema is named", async () => {
  await using engine = await withEngine({ ...files, "models/slow.sql": "select pg_sleep(100)::text as x\n" });
  const stop = new AbortController();
  const running = engine.build({ select: ["slow"], signal: stop.signal });
  await until(
    async () =>
      (
        await engine.database.query(
          "select from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()",
        )
      ).length > 0,
  );
  const told = await engine.clean();
  expect([told.exit, told.diagnostics.map((d) => d.code)]).toEqual([6, ["execute/locked"]]);
  stop.abort();
  await running;
});
