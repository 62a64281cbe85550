import { expect, test } from "vitest";
import { engineOn, photographOf, projectYml, withEngine } from "../../support/engine.ts";
import { makeProject } from "../../support/project.ts";

const foreign: readonly [string, string][] = [
  ["table", "create table shop.a (x int); insert into shop.a values (42)"],
  ["view", "create view shop.a as select 42 as x"],
  ["materialized view", "create materialized view shop.a as select 42 as x"],
  ["sequence", "create sequence shop.a"],
  ["composite type", "create type shop.a as (x int)"],
  ["partitioned table", "create table shop.a (x int) partition by list (x)"],
  ["index", "create table shop.other (x int); create index a on shop.other (x)"],
];

test.each(foreign)("a foreign %s under a model's name is never replaced", async (kind, ddl) => {
  await using engine = await withEngine({
    "models/a.sql": "select 1 as id\n",
    "models/b.sql": 'select * from {{ref "a"}}\n',
  });
  await engine.database.query(`create schema shop; ${ddl}`);
  const before = [await engine.relations(), await photographOf(engine.database, ["shop"])];
  const told = await engine.build();
  expect(told.exit).toBe(6);
  expect(told.complaints).toEqual([
    `plan/foreign-relation: the ${kind} shop.a was not made by Galley and is never replaced`,
  ]);
  expect([await engine.relations(), await photographOf(engine.database, ["shop"])]).toEqual(before);
});

test.each(foreign.slice(0, 3))(
  "but under --adopt a %s is, with what hangs on it, and is Galley's from then on",
  async (_, ddl) => {
    await using engine = await withEngine({ "models/a.sql": "select 7 as x\n" });
    const { database } = engine;
    await database.query(
      `create schema shop; create schema others; ${ddl}; create view others.v as select x from shop.a; grant select on shop.a to public`,
    );
    const told = await engine.build({ foreign: "adopted" });
    expect([told.exit, told.complaints]).toEqual([0, []]);
    expect(
      await database.query(
        "select v.x, c.relkind, c.relacl is null as bare from others.v, pg_class c where c.oid = 'shop.a'::regclass",
      ),
    ).toEqual([{ x: 7, relkind: "r", bare: false }]);
    const again = await engine.build();
    expect([again.exit, again.complaints]).toEqual([0, []]);
  },
);

test("a relation of another project is never replaced, and both projects live in one schema", async () => {
  await using engine = await withEngine({ "models/a.sql": "select 1 as id\n" });
  await using project = await makeProject({
    "project.yml": projectYml().replace("name: shop", "name: depot"),
    "models/a.sql": "select 2 as id\n",
    "models/b.sql": "select 3 as id\n",
  });
  const other = engineOn(project, engine.database);
  expect((await engine.build()).exit).toBe(0);
  const told = await other.build();
  expect([told.exit, told.complaints]).toEqual([
    6,
    ["plan/foreign-relation: the table shop.a belongs to model.shop.a and is never replaced"],
  ]);
  expect((await other.build({ select: ["b"] })).exit).toBe(0);
  expect(await engine.database.query("select a.id as a, b.id as b from shop.a, shop.b")).toEqual([{ a: 1, b: 3 }]);
  const plan = await engine.plan();
  expect(plan.value?.orphans).toEqual([]);
});

test("a name that is taken on live by an index, a type or an array type is refused before anything is built", async () => {
  const yml = "models: [{ name: zz, config: { indexes: [{ name: zz_special, columns: [id] }] } }]\n";
  await using engine = await withEngine({ "models/zz.sql": "select 1 as id\n", "models/zz.yml": yml });
  const taken: readonly [string, string, string][] = [
    [
      "create table shop.other (x int); create index zz_special on shop.other (x)",
      "index shop.zz_special of shop.other",
      "drop table shop.other",
    ],
    ["create type shop.zz as enum ('x')", "type shop.zz", "drop type shop.zz"],
    ["create domain shop.zz as int", "type shop.zz", "drop domain shop.zz"],
    ["create type shop._zz as enum ('x')", "type shop._zz", "drop type shop._zz"],
    ["create table shop._zz (x int)", "type shop._zz of shop._zz", "drop table shop._zz"],
  ];
  await engine.database.query("create schema shop");
  for (const [make, what, drop] of taken) {
    await engine.database.query(make);
    const before = await photographOf(engine.database, ["shop"]);
    const told = await engine.build();
    expect(told.complaints).toEqual([
      `execute/name-taken: the ${what} already stands on live and does not belong to what is replaced`,
    ]);
    expect(told.exit).toBe(6);
    expect(await photographOf(engine.database, ["shop"])).toEqual(before);
    await engine.database.query(drop);
  }
  expect((await engine.build()).exit).toBe(0);
  const again = await engine.build();
  expect([again.exit, again.complaints]).toEqual([0, []]);
});
