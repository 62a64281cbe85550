import { expect, test } from "vitest";
import { photographOf, withEngine } from "../../support/engine.ts";

const shop = {
  "seeds/prices.csv": "item_id,price\n1,2.50\n2,3.00\n3,4.25\n",
  "models/sizes.sql": 'select item_id, price * 2 as doubled from {{ref "prices"}}\n',
  "models/cheap.sql": '{{config materialized="ephemeral"}}\nselect item_id from {{ref "prices"}} where price < 4\n',
  "models/labels.sql":
    '{{config materialized="view"}}\nselect item_id, \'item \' || item_id as label from {{ref "cheap"}}\n',
  "models/totals.sql":
    '{{config materialized="materialized_view"}}\nselect count(*) as items, sum(doubled) as doubled from {{ref "sizes"}} join {{ref "labels"}} using (item_id)\n',
  "models/models.yml": `models:
  - name: sizes
    config:
      indexes: [{ columns: [doubled], unique: true }, { columns: [{ expression: "doubled + 1" }] }]
    constraints:
      - { type: primary_key, columns: [item_id] }
      - { type: check, name: sizes_doubled_check, expression: "doubled > 0" }
      - { type: foreign_key, columns: [item_id], to: ref('prices'), to_columns: [item_id] }
    columns:
      - { name: doubled, constraints: [{ type: not_null }], data_tests: [unique, not_null] }
  - name: totals
    config: { indexes: [{ columns: [items], unique: true }] }
  - name: labels
    columns: [{ name: item_id, data_tests: [unique, { relationships: { arguments: { to: ref('prices'), field: item_id } } }] }]
seeds:
  - name: prices
    constraints: [{ type: primary_key, columns: [item_id] }]
`,
};

test("a build makes seeds, tables, views, materialized views and inlines what is ephemeral; a second one replaces them all", async () => {
  await using engine = await withEngine(shop);
  const first = await engine.build();
  expect(first.complaints).toEqual([]);
  expect(first.exit).toBe(0);
  expect([...first.result.nodes].map(([id, n]) => [id, n.status, n.materialized, n.rows])).toEqual(
    expect.arrayContaining([
      ["seed.shop.prices", "success", "seed", 3],
      ["model.shop.sizes", "success", "table", 3],
      ["model.shop.labels", "success", "view", undefined],
      ["model.shop.totals", "success", "materialized_view", 1],
    ]),
  );
  expect([...first.result.tests.values()].map((t) => t.status)).toEqual(["pass", "pass", "pass", "pass"]);
  expect(await engine.relations()).toEqual(["shop.labels", "shop.prices", "shop.sizes", "shop.totals"]);
  expect(await engine.database.query("select items::int, doubled::text from shop.totals")).toEqual([
    { items: 2, doubled: "11.00" },
  ]);
  expect(
    await engine.database.query(
      "select conname from pg_constraint where conrelid = 'shop.sizes'::regclass and contype <> 'n' order by 1",
    ),
  ).toEqual([{ conname: "sizes_doubled_check" }, { conname: "sizes_item_id_fkey" }, { conname: "sizes_pkey" }]);
  expect(await engine.database.query("select indexname from pg_indexes where schemaname = 'shop' order by 1")).toEqual([
    { indexname: "prices_pkey" },
    { indexname: "sizes_doubled_idx" },
    { indexname: "sizes_expr_idx" },
    { indexname: "sizes_pkey" },
    { indexname: "totals_items_idx" },
  ]);
  expect(await engine.database.query("select reltuples::int from pg_class where oid = 'shop.sizes'::regclass")).toEqual(
    [{ reltuples: 3 }],
  );

  const before = await photographOf(engine.database, ["shop"]);
  const second = await engine.build();
  expect(second.exit).toBe(0);
  expect(second.complaints).toEqual([]);
  const after = await photographOf(engine.database, ["shop"]);
  expect(Object.keys(after)).toEqual(Object.keys(before));
  for (const name of Object.keys(before)) {
    expect(after[name]?.split(" ").slice(1)).toEqual(before[name]?.split(" ").slice(1));
    expect(after[name]?.split(" ")[0]).not.toBe(before[name]?.split(" ")[0]);
  }
  expect(await engine.database.query("select nspname from pg_namespace where nspname like 'shop%'")).toEqual([
    { nspname: "shop" },
  ]);
  expect(await engine.database.query("select state, count(*)::int as n from galley.runs group by 1")).toEqual([
    { state: "succeeded", n: 2 },
  ]);
});
