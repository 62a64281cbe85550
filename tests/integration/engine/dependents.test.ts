import { expect, test } from "vitest";
import { buildMeanwhile } from "../../support/build-meanwhile.ts";
import { photographOf, withEngine } from "../../support/engine.ts";

/** What somebody hangs on shop.a (id int, name text): its DDL, as a superuser where need be, and how it is named. */
const dependents: readonly {
  readonly kind: string;
  readonly ddl: string;
  readonly named: string;
  readonly undo: string;
  readonly instead?: string;
}[] = [
  {
    kind: "inheritance child",
    ddl: "create table others.child () inherits (shop.a)",
    named: "partition others.child",
    undo: "drop table others.child",
  },
  {
    kind: "function on the row type",
    ddl: "create function others.g(shop.a) returns int language sql as 'select 1'",
    named: "function on its type others.g(shop.a)",
    undo: "drop function others.g",
    instead: "give the function's arguments and result types of their own (`create type … as`)",
  },
  {
    kind: "function on an array of the row type",
    ddl: "create function others.g(shop.a[]) returns int language sql as 'select 1'",
    named: "function on its type others.g(shop.a[])",
    undo: "drop function others.g",
    instead: "give the function's arguments and result types of their own (`create type … as`)",
  },
  {
    kind: "column of its type",
    ddl: "create table others.typed (x shop.a)",
    named: "column of its type others.typed",
    undo: "drop table others.typed",
    instead: "give the column a type of its own (`create type … as`)",
  },
  {
    kind: "whole row in a view",
    ddl: "create view others.v as select a from shop.a",
    named: "column of its type others.v",
    undo: "drop view others.v",
    instead: "give the column a type of its own (`create type … as`)",
  },
  {
    kind: "typed table",
    ddl: "create type others.y as (id int); create view others.w as select row(id)::others.y as y from shop.a; create table others.typed (x shop.a[])",
    named: "column of its type others.typed",
    undo: "drop table others.typed; drop view others.w; drop type others.y",
    instead: "give the column a type of its own (`create type … as`)",
  },
  {
    kind: "domain over its type",
    ddl: "create domain others.d as shop.a",
    named: "type others.d",
    undo: "drop domain others.d",
  },
  {
    kind: "check over its type",
    ddl: "create table others.checked (id int, constraint odd check ((row(id, 'x')::shop.a).id % 2 = 1))",
    named: "object constraint odd on table others.checked",
    undo: "drop table others.checked",
  },
];

test("what cannot go over to a new relation is refused before anything is built, by name", async () => {
  await using engine = await withEngine({
    "models/a.sql": "select 1 as id, 'one'::text as name\n",
    "models/a.yml": "models: [{ name: a, constraints: [{ type: primary_key, columns: [id] }] }]\n",
  });
  const { database } = engine;
  expect((await engine.build()).exit).toBe(0);
  await database.query(
    "create schema others; create table others.t (x int); create function others.f() returns trigger language plpgsql as 'begin return new; end'",
  );
  for (const { kind, ddl, named, undo, instead = "drop it before and make it again after the run" } of dependents) {
    await database.query(ddl);
    const before = await photographOf(database, ["shop"]);
    const told = await engine.build();
    expect
      .soft([kind, told.exit, told.complaints])
      .toEqual([kind, 6, [`plan/dependent-in-the-way: ${named} hangs on shop.a, which this run would replace`]]);
    expect.soft([kind, told.diagnostics[0]?.help]).toEqual([kind, `${instead}, or leave the model out: --exclude a`]);
    expect.soft([kind, await photographOf(database, ["shop", "shop__next", "shop__old"])]).toEqual([kind, before]);
    await database.query(undo);
  }
  const well = await engine.build();
  expect([well.exit, well.complaints]).toEqual([0, []]);
});

test("a view that is a model and was not selected shows the new rows, and another kind of model keeps its own", async () => {
  await using engine = await withEngine({
    "models/a.sql": "select 1 as id\n",
    "models/b.sql": '{{config materialized="view"}}\nselect * from {{ref "a"}}\n',
    "models/c.sql": 'select * from {{ref "b"}}\n',
    "models/d.sql": '{{config materialized="materialized_view"}}\nselect * from {{ref "a"}}\n',
    "models/e.sql": '{{config materialized="materialized_view"}}\nselect * from {{ref "b"}}\n',
  });
  expect((await engine.build()).exit).toBe(0);
  await engine.project.write({ "models/a.sql": "select 2 as id\n" });
  const told = await engine.build({ select: ["a"] });
  expect([told.exit, told.complaints]).toEqual([0, []]);
  expect(
    await engine.database.query(
      "select a.id as a, b.id as b, c.id as c, d.id as d, e.id as e from shop.a, shop.b, shop.c, shop.d, shop.e",
    ),
  ).toEqual([{ a: 2, b: 2, c: 1, d: 2, e: 1 }]);
  expect(told.events.flatMap((e) => (e.kind === "note" ? [e.message] : []))).toEqual([
    "shop.e is made of what was replaced, and keeps the rows of its own last refresh",
  ]);
  const all = await engine.build();
  expect([all.exit, all.complaints]).toEqual([0, []]);
});

test("what is hung on a relation while the run builds goes over as well, or is refused at publish", async () => {
  await using engine = await withEngine({
    "models/a.sql": "select 1 as id\n",
    "models/a.yml": "models: [{ name: a, constraints: [{ type: primary_key, columns: [id] }] }]\n",
    "models/b.sql": 'select count(*) as id from {{source "others" "gate"}}\n',
    "models/sources.yml": "sources: [{ name: others, tables: [{ name: gate }] }]\n",
  });
  const { database } = engine;
  await database.query("create schema others; create table others.gate (x int)");
  expect((await engine.build()).complaints).toEqual([]);
  const carried = await buildMeanwhile(engine, () =>
    database.query(
      `create view others.v as select id from shop.a; create materialized view others.mv as select id from shop.a;
       create table others.c (a_id int references shop.a)`,
    ),
  );
  expect([carried.exit, carried.complaints, carried.result.publish?.status]).toEqual([0, [], "published"]);
  const before = await photographOf(database, ["shop"]);
  const refused = await buildMeanwhile(engine, () => database.query("create table others.d (x shop.a)"));
  expect([refused.exit, refused.complaints, refused.result.publish?.status]).toEqual([
    6,
    ["plan/dependent-in-the-way: column of its type others.d hangs on shop.a, which this run would replace"],
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

test("a relation that changes its columns is told of before publish, and one that does not is not", async () => {
  const model = (columns: string) => ({
    "models/a.sql": `select ${columns} from (values (1, 'x'::text, 2)) v (id, name, n)\n`,
  });
  await using engine = await withEngine({ ...model("id, name, n"), "models/b.sql": "select 1 as id\n" });
  const notes = async (): Promise<readonly string[]> => {
    const told = await engine.build();
    expect([told.exit, told.complaints]).toEqual([0, []]);
    return told.events.flatMap((e) => (e.kind === "note" ? [e.message] : []));
  };
  const says = (changes: string): readonly string[] => [
    `shop.a changes its columns (${changes}): sessions that prepared select * on it must prepare it again`,
  ];
  expect(await notes()).toEqual([]);
  expect(await notes()).toEqual([]);
  await engine.project.write(model("name, id, n"));
  expect(await notes()).toEqual(says("in another order"));
  await engine.project.write(model("name, id::bigint as id, true as is_new"));
  expect(await notes()).toEqual(says("id from integer to bigint, is_new is new, n is gone"));
});
