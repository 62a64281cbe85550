import { expect, test } from "vitest";
import { photographOf, withEngine } from "../../support/engine.ts";

const files = {
  "seeds/prices.csv": "id,price\n1,2.5\n",
  "models/a.sql": 'select id from {{ref "prices"}}\n',
  "models/b.sql": 'select id from {{ref "a"}}\n',
};

test("plan touches nothing, and says what a build then does", async () => {
  await using engine = await withEngine(files);
  const nothing = await engine.plan();
  expect([nothing.exit, nothing.complaints]).toEqual([0, []]);
  expect(
    await engine.database.query("select nspname from pg_namespace where nspname !~ '^pg_|^information|^public'"),
  ).toEqual([]);
  expect((await engine.build()).exit).toBe(0);
  const before = await photographOf(engine.database, ["shop"]);
  await engine.project.write({ "models/b.sql": '{{config materialized="view"}}\nselect id from {{ref "a"}}\n' });
  const plan = await engine.plan({ select: ["a+"] });
  expect([...(plan.value?.tasks.values() ?? [])].map((t) => (t.kind === "build" ? t.action : t.kind))).toEqual([
    "replace table",
    "replace table by view",
  ]);
  expect(await photographOf(engine.database, ["shop"])).toEqual(before);
});

test("plan refuses what build refuses, with the same words", async () => {
  await using engine = await withEngine(files);
  expect((await engine.build()).exit).toBe(0);
  await engine.database.query("create function public.f(shop.a) returns int language sql as 'select 1'");
  const plan = await engine.plan();
  const build = await engine.build();
  expect([plan.exit, plan.complaints]).toEqual([build.exit, build.complaints]);
  expect(plan.exit).toBe(6);
});

test("a selection publishes alone; what stands below keeps the rows of its own build", async () => {
  await using engine = await withEngine(files);
  expect((await engine.build()).exit).toBe(0);
  await engine.project.write({ "models/a.sql": 'select id + 1 as id from {{ref "prices"}}\n' });
  const plan = await engine.plan({ select: ["a"] });
  expect(plan.value?.stale).toEqual(["model.shop.b"]);
  const told = await engine.build({ select: ["a"] });
  expect([told.exit, told.result.publish?.relations]).toEqual([0, 1]);
  expect(await engine.database.query("select a.id::int as a, b.id::int as b from shop.a, shop.b")).toEqual([
    { a: 2, b: 1 },
  ]);
});

test("a project of nothing but tests and ephemeral models publishes nothing", async () => {
  await using engine = await withEngine({
    "models/e.sql": '{{config materialized="ephemeral"}}\nselect 1 as id\n',
    "models/e.yml": "models: [{ name: e, columns: [{ name: id, data_tests: [unique] }] }]\n",
  });
  const told = await engine.build();
  expect([told.exit, told.complaints, told.result.publish?.status]).toEqual([0, [], "nothing"]);
  expect([...told.result.tests.values()].map((t) => t.status)).toEqual(["pass"]);
});

test("an empty table passes, by percentage too", async () => {
  await using engine = await withEngine({
    "models/empty.sql": "select 1 as id where false\n",
    "models/empty.yml": `models:
  - name: empty
    constraints: [{ type: primary_key, columns: [id] }]
    columns: [{ name: id, data_tests: [unique, { not_null: { config: { error_if: "> 0%" } } }] }]
`,
  });
  const told = await engine.build();
  expect([told.exit, told.complaints]).toEqual([0, []]);
  expect([...told.result.nodes.values()].map((n) => n.rows)).toEqual([0]);
});

test("a hundred relations in two schemas are published in one transaction, in any order of building", async () => {
  const many = Object.fromEntries(
    Array.from({ length: 100 }, (_, i) => [
      `models/m${i}.sql`,
      `{{config schema="${i % 2 === 0 ? "even" : "odd"}"}}\n${i < 2 ? "select 1 as id" : `select id from {{ref "m${i - 2 + (i % 3 === 0 ? 1 : 0)}"}}`}\n`,
    ]),
  );
  await using engine = await withEngine(many);
  for (let i = 0; i < 2; i++) {
    const told = await engine.build();
    expect([told.exit, told.complaints, told.result.publish?.relations]).toEqual([0, [], 100]);
  }
  expect(await engine.relations()).toHaveLength(100);
  expect(
    await engine.database.query("select count(distinct run_id)::int as runs, count(*)::int as n from galley.relations"),
  ).toEqual([{ runs: 1, n: 100 }]);
});
