import { expect, test } from "vitest";
import { planText } from "../../../src/cli/print/plan-text.ts";
import { NOTHING_FORETOLD } from "../../../src/domain/forecast.ts";
import { edgesOf, planned, planOf, shownTask } from "../../support/planned.ts";

const files = {
  "models/a.sql": "select 2 as n, 1 as id\n",
  "models/b.sql": 'select id from {{ref "a"}}\n',
  "models/c.sql": "select 1 as id\n",
  "models/all.yml": `models:
  - name: a
    config: { contract: { enforced: true } }
    columns: [{ name: id, data_type: int }, { name: n, data_type: "numeric(10, 2)" }]
  - name: b
    config: { contract: { enforced: true }, materialized: view }
    columns: [{ name: id, data_type: int }]
  - name: c
    config: { contract: { enforced: false } }
    columns: [{ name: id }]
`,
};

test("what reads nothing of the run is held to its contract before anything is built, the rest before its own data", async () => {
  const plan = planOf(await planned(files));
  expect([...plan.tasks.values()].map(shownTask)).toEqual([
    ["contracts: shop.a"],
    [
      "create table shop.a (everything)",
      'create table "shop__next"."a" as\nselect "id"::int as "id", "n"::numeric(10, 2) as "n"\nfrom (\nselect 2 as n, 1 as id\n\n) as contracted',
      "analyze",
    ],
    ["create table shop.c (everything)", 'create table "shop__next"."c" as\nselect 1 as id', "analyze"],
    [
      "create view shop.b (everything)",
      "contract id",
      'create or replace view "shop__next"."b" as\nselect "id"::int as "id"\nfrom (\nselect id from "shop__next"."a"\n\n) as contracted',
    ],
  ]);
  expect(edgesOf(plan)).toEqual({ contracts: [], a: ["contracts"], b: ["a"], c: ["contracts"] });
  expect(planText({ ...plan, columns: NOTHING_FORETOLD })).toContain(
    "hold to their contracts, before anything is built\n  shop.a",
  );
});

test("a parent outside the run stands on live, so its child is looked at first", async () => {
  const plan = planOf(await planned(files, { select: ["b"], live: { relations: { "shop.a": "table" } } }));
  expect(edgesOf(plan)).toEqual({ contracts: [], b: ["contracts"] });
});
