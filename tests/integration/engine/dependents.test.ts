import { expect, test } from "vitest";
import { openClient, photographOf, until, withEngine } from "../../support/engine.ts";

/** What somebody hangs on shop.a (id int, name text): its DDL, as a superuser where need be, and how it is named. */
const dependents: readonly {
  readonly kind: string;
  readonly ddl: string;
  readonly named: string;
  readonly undo: string;
}[] = [
  {
    kind: "view",
    ddl: "create view others.v as select id from shop.a",
    named: "view others.v",
    undo: "drop view others.v",
  },
  {
    kind: "materialized view",
    ddl: "create materialized view others.mv as select id from shop.a",
    named: "materialized view others.mv",
    undo: "drop materialized view others.mv",
  },
  {
    kind: "foreign key",
    ddl: "create table others.c (a_id int constraint c_fk references shop.a)",
    named: "foreign key c_fk on others.c",
    undo: "drop table others.c",
  },
  {
    kind: "trigger",
    ddl: "create trigger tr before insert on shop.a for each row execute function others.f()",
    named: "trigger tr on shop.a",
    undo: "drop trigger tr on shop.a",
  },
  {
    kind: "policy",
    ddl: "create policy p on shop.a using (id > 0)",
    named: "policy p on shop.a",
    undo: "drop policy p on shop.a",
  },
  {
    kind: "row level security",
    ddl: "alter table shop.a enable row level security",
    named: "row level security shop.a",
    undo: "alter table shop.a disable row level security",
  },
  {
    kind: "policy of another table",
    ddl: "create policy p on others.t using (exists (select from shop.a))",
    named: "policy p on others.t",
    undo: "drop policy p on others.t",
  },
  {
    kind: "rule",
    ddl: "create rule r as on insert to shop.a do also notify changed",
    named: "rule r on shop.a",
    undo: "drop rule r on shop.a",
  },
  {
    kind: "rule of another table",
    ddl: "create rule r as on insert to others.t do also insert into shop.a values (9, 'x')",
    named: "rule r on others.t",
    undo: "drop rule r on others.t",
  },
  {
    kind: "publication",
    ddl: "create publication p_one for table shop.a",
    named: "publication p_one",
    undo: "drop publication p_one",
  },
  {
    kind: "statistics object",
    ddl: "create statistics shop.st (dependencies) on id, name from shop.a",
    named: "statistics object shop.st",
    undo: "drop statistics shop.st",
  },
  {
    kind: "inheritance child",
    ddl: "create table others.child () inherits (shop.a)",
    named: "partition others.child",
    undo: "drop table others.child",
  },
  {
    kind: "function on the row type",
    ddl: "create function others.g(shop.a) returns int language sql as 'select 1'",
    named: "function others.g(shop.a)",
    undo: "drop function others.g",
  },
  {
    kind: "function on an array of the row type",
    ddl: "create function others.g(shop.a[]) returns int language sql as 'select 1'",
    named: "function others.g(shop.a[])",
    undo: "drop function others.g",
  },
  {
    kind: "function with a parsed body",
    ddl: "create function others.h() returns bigint language sql begin atomic select count(*) from shop.a; end",
    named: "function others.h()",
    undo: "drop function others.h",
  },
  {
    kind: "column of its type",
    ddl: "create table others.typed (x shop.a)",
    named: "column of its type others.typed",
    undo: "drop table others.typed",
  },
  {
    kind: "domain over its type",
    ddl: "create domain others.d as shop.a",
    named: "type others.d",
    undo: "drop domain others.d",
  },
  {
    kind: "cast to its type in a view",
    ddl: "create view others.v as select (row(1, 'x')::shop.a).id",
    named: "view others.v",
    undo: "drop view others.v",
  },
  {
    kind: "check over its type",
    ddl: "create table others.checked (id int, constraint odd check ((row(id, 'x')::shop.a).id % 2 = 1))",
    named: "object constraint odd on table others.checked",
    undo: "drop table others.checked",
  },
];

test("what hangs on a replaced relation from outside the run is refused before anything is built, by name", async () => {
  await using engine = await withEngine({
    "models/a.sql": "select 1 as id, 'one'::text as name\n",
    "models/a.yml": "models: [{ name: a, constraints: [{ type: primary_key, columns: [id] }] }]\n",
  });
  const { database } = engine;
  expect((await engine.build()).exit).toBe(0);
  await database.query(
    "create schema others; create table others.t (x int); create function others.f() returns trigger language plpgsql as 'begin return new; end'",
  );
  for (const { kind, ddl, named, undo } of dependents) {
    await database.query(ddl);
    const before = await photographOf(database, ["shop"]);
    const told = await engine.build();
    expect
      .soft([kind, told.exit, told.complaints])
      .toEqual([kind, 6, [`plan/dependent-in-the-way: ${named} hangs on shop.a, which this run would replace`]]);
    expect
      .soft([kind, told.diagnostics[0]?.help])
      .toEqual([kind, "drop it before and make it again after the run, or leave the model out: --exclude a"]);
    expect.soft([kind, await photographOf(database, ["shop", "shop__next", "shop__old"])]).toEqual([kind, before]);
    await database.query(undo);
  }
  await database.queryAsSuperuser("create publication everything for all tables");
  const told = await engine.build();
  expect
    .soft([told.exit, told.complaints])
    .toEqual([
      6,
      [
        "plan/dependent-in-the-way: publication everything (for all tables) hangs on shop.a, which this run would replace",
      ],
    ]);
  await database.queryAsSuperuser("drop publication everything");
  const well = await engine.build();
  expect([well.exit, well.complaints]).toEqual([0, []]);
});

test("a dependent that is a model is named with the selection that works", async () => {
  await using engine = await withEngine({
    "models/a.sql": "select 1 as id\n",
    "models/b.sql": '{{config materialized="view"}}\nselect * from {{ref "a"}}\n',
    "models/c.sql": 'select * from {{ref "b"}}\n',
  });
  expect((await engine.build()).exit).toBe(0);
  const refused = await engine.build({ select: ["a"] });
  expect([refused.exit, refused.complaints, refused.diagnostics[0]?.help]).toEqual([
    6,
    ["plan/dependent-in-the-way: view shop.b hangs on shop.a, which this run would replace"],
    "select it too: --select a b, or all that follows: --select a+",
  ]);
  const both = await engine.build({ select: ["a", "b"] });
  expect([both.exit, both.complaints]).toEqual([0, []]);
  expect(
    await engine.database.query(
      "select replace(definition, 'a.id', 'id') as definition from pg_views where viewname = 'b'",
    ),
  ).toEqual([{ definition: " SELECT id\n   FROM shop.a;" }]);
});

test("what is hung on a relation while the run builds is found at publish, and live stays as it is", async () => {
  const slow = "models/b.sql";
  await using engine = await withEngine({ "models/a.sql": "select 1 as id\n", [slow]: "select 2 as id\n" });
  const { database } = engine;
  expect((await engine.build()).exit).toBe(0);
  await database.query("create schema others; create table others.gate (x int)");
  await engine.project.write({
    "models/sources.yml": "sources: [{ name: others, tables: [{ name: gate }] }]\n",
    [slow]: 'select count(*) as id from {{source "others" "gate"}}\n',
  });
  const before = await photographOf(database, ["shop"]);
  await using holder = await openClient(database.url);
  await holder.query("begin; lock table others.gate in access exclusive mode");
  const running = engine.build();
  await until(async () => (await database.query("select from pg_locks where not granted")).length > 0);
  await database.query("create view others.v as select id from shop.a");
  await holder.query("commit");
  const told = await running;
  expect([told.exit, told.complaints, told.result.publish?.status]).toEqual([
    6,
    ["plan/dependent-in-the-way: view others.v hangs on shop.a, which this run would replace"],
    "refused",
  ]);
  expect(await photographOf(database, ["shop"])).toEqual(before);
});

test("what an earlier run left in a workspace is in nobody's way", async () => {
  await using engine = await withEngine({
    "models/a.sql": "select 1 as id\n",
    "models/b.sql": '{{config materialized="view" schema="reports"}}\nselect * from {{ref "a"}}\n',
    "models/c.sql": '{{config materialized="view"}}\nselect * from {{ref "a"}}\n',
    "models/d.sql": "select 1 / id as x from (values (0)) as v (id)\n",
    "models/fails.test.sql": 'select 1 as x from {{ref "b"}} union all select 1 from {{ref "c"}}\n',
  });
  expect((await engine.build({ select: ["a"], exclude: ["fails"] })).exit).toBe(0);
  const failed = await engine.build({ select: ["b", "c"] });
  expect(failed.exit).toBe(1);
  expect(await engine.relations()).toEqual(["reports__next.b", "shop.a", "shop__next.c"]);
  const told = await engine.build({ select: ["a"], exclude: ["fails"] });
  expect([told.exit, told.complaints]).toEqual([0, []]);
});
