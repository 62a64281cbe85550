import { expect, test } from "vitest";
import type { RelationKind } from "../../../src/domain/catalog.ts";
import { planned, planOf, shownTask } from "../../support/planned.ts";

const model = (materialized: string) => ({
  "models/a.sql": `{{config materialized="${materialized}"}}\nselect 1 as id, 'x' as code\n`,
});

const created: Readonly<Record<string, string>> = {
  table: "create table",
  view: "create or replace view",
  materialized_view: "create materialized view",
};

const cases: readonly (readonly [string, RelationKind | undefined, string])[] = [
  ["table", undefined, "create table"],
  ["table", "table", "replace table"],
  ["table", "view", "replace view by table"],
  ["table", "partitioned table", "replace partitioned table by table"],
  ["table", "materialized view", "replace materialized view by table"],
  ["view", undefined, "create view"],
  ["view", "view", "replace view"],
  ["view", "table", "replace table by view"],
  ["materialized_view", undefined, "create materialized view"],
  ["materialized_view", "materialized view", "replace materialized view"],
  ["materialized_view", "view", "replace view by materialized view"],
];

test.each(cases)("a %s where %s stands: %s", async (materialized, old, action) => {
  const plan = planOf(
    await planned(model(materialized), { live: { relations: old === undefined ? {} : { "shop.a": old } } }),
  );
  expect([...plan.tasks.values()].map(shownTask)).toEqual([
    [
      `${action} shop.a (everything)`,
      `${created[materialized]} "shop__next"."a" as\nselect 1 as id, 'x' as code`,
      ...(materialized === "view" ? [] : ["analyze"]),
    ],
  ]);
  expect(plan.publish.relations).toMatchObject([
    {
      name: { schema: "shop", name: "a" },
      newKind: materialized.replace("_", " "),
      materialized,
      oldKind: old === "partitioned table" ? "table" : old,
    },
  ]);
});

test("an ephemeral model has no task, and its query stands in whoever refers to it", async () => {
  const plan = planOf(await planned({ ...model("ephemeral"), "models/b.sql": 'select * from {{ref "a"}}\n' }));
  expect([...plan.tasks.keys()]).toEqual(["model.shop.b"]);
  const [task] = plan.tasks.values();
  expect(task && shownTask(task)[1]).toContain("__galley__cte__a");
});

test("a partitioned table says so, and knows which names its partitions may not have", async () => {
  const files = {
    ...model("table"),
    "models/b.sql": "select 1 as id",
    "models/a.yml": "models: [{ name: a, config: { partition_by: { columns: id, interval: 10 } } }]",
  };
  const [task] = planOf(await planned(files)).tasks.values();
  expect(task && shownTask(task)).toEqual([
    "create partitioned table shop.a (everything)",
    "partitioned by range",
    "select 1 as id, 'x' as code",
    "analyze",
  ]);
  expect(task).toMatchObject({ relationKind: "table", data: { taken: ["a", "b"] } });
});

test("a seed is loaded from its file", async () => {
  const plan = planOf(await planned({ "seeds/prices.csv": "id\n1\n" }));
  expect([...plan.tasks.values()].map(shownTask)).toEqual([
    ["create table shop.prices (everything)", "load seeds/prices.csv", "analyze"],
  ]);
});

test("constraints and indexes, in the order in which they are made", async () => {
  const plan = planOf(
    await planned({
      ...model("table"),
      "models/p.sql": "select 1 as id\n",
      "models/a.yml": `models:
  - name: a
    config:
      indexes:
        - { columns: [code] }
        - { name: some, columns: [{ expression: "lower(code)" }, { column: id, order: desc, nulls: last }], unique: true, type: btree, include: [code], where: "id > 0" }
    constraints:
      - { type: primary_key, columns: [id] }
      - { type: unique, columns: [code, id] }
      - { type: check, name: positive, expression: "id > 0" }
      - { type: foreign_key, columns: [id], to: ref('p'), to_columns: [id] }
    columns: [{ name: code, constraints: [{ type: not_null }] }]
`,
    }),
  );
  const task = [...plan.tasks.values()].find((t) => t.kind === "build" && t.node === "model.shop.a");
  const lines = task === undefined ? [] : shownTask(task).slice(2);
  expect(new Set(lines)).toEqual(
    new Set([
      'primary_key a_pkey: add constraint "a_pkey" primary key ("id")',
      'unique a_code_id_key: add constraint "a_code_id_key" unique ("code", "id")',
      'check positive: add constraint "positive" check (\nid > 0\n)',
      'not_null a_code_not_null: alter column "code" set not null',
      'index a_code_idx: create index "a_code_idx" on "shop__next"."a" using "btree" ("code")',
      'unique index some: create unique index "some" on "shop__next"."a" using "btree" ((\nlower(code)\n), "id" desc nulls last) include ("code") where (\nid > 0\n)',
      "analyze",
    ]),
  );
  expect(lines.at(-1)).toBe("analyze");
  expect([...plan.tasks.values()].filter((t) => t.kind === "foreign-key").map(shownTask)).toEqual([
    ['foreign key shop.a.a_id_fkey: add constraint "a_id_fkey" foreign key ("id") references "shop__next"."p" ("id")'],
  ]);
});
