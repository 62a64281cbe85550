/** What `galley coverage` answers of a project in which something of each kind is missing, word for word, in each form. */
import { describe, expect, it } from "vitest";
import { answerTo } from "../../support/command-line.ts";
import { withFiles } from "../../support/golden-case.ts";

const FILES: Readonly<Record<string, string>> = {
  "project.yml": "name: shop\nschema: shop\nmodels: { +materialized: table }\ncoverage: { fail_under: { keys: 60 } }\n",
  "seeds/countries.csv": "code,name\nit,Italy\n",
  "models/stg_shop__orders.sql": `select o.*, amount > 0 as is_paid, c.name from {{source "raw" "orders"}} o join {{ref "countries"}} c using (code)`,
  "models/late.sql": `{{config materialized="ephemeral"}}\nselect * from {{source "raw" "unknown"}}`,
  "models/days.sql": `with d as (select order_id, placed_at::date, first_order_id from {{ref "stg_shop__orders"}} left join {{ref "late"}} l using (order_id))\nselect * from d`,
  "models/days_are_past.test.sql": `select order_id from {{ref "days"}} where placed_at > current_date`,
  "models/totals.sql": `select customer_id, count(*), sum(amount) as "Net" from {{ref "stg_shop__orders"}} group by 1`,
  "models/shop.yml": `sources:
  - name: raw
    tables:
      - name: orders
        description: One row an order.
        columns:
          - { name: order_id, description: The order., data_tests: [unique, not_null] }
          - { name: customer_id, description: Who ordered. }
          - { name: placed_at, description: When. }
          - { name: amount, description: In euros. }
          - { name: code, description: Where to., data_tests: [relationships: { to: ref('countries'), field: code }] }
      - name: customers
        columns: [{ name: id, data_tests: [unique] }]
      - { name: unknown }
models:
  - name: stg_shop__orders
    description: Orders with their country.
    constraints: [{ type: check, expression: amount >= 0 }]
    columns: [{ name: order_id, description: The order. }, { name: is_paid, data_tests: [not_null] }]
  - name: totals
    config: { unique_key: [customer_id], indexes: [{ columns: [customer_id], unique: true }] }
unit_tests:
  - { name: none_are_none, model: late, given: [{ input: "source('raw', 'unknown')", rows: [] }], expect: { rows: [] } }
  - { name: one_by_one, model: totals, given: [{ input: ref('stg_shop__orders'), rows: [] }], expect: { rows: [] } }
  - { name: of_no_model, query: select 1 as one, expect: { rows: [{ one: 1 }] } }
snapshots:
  - name: orders_history
    relation: source('raw', 'orders')
    description: What orders were.
    config: { strategy: check, check_cols: all, unique_key: order_id }
`,
};

const BELOW = ["coverage/below: coverage of keys is 57.1 %, below 60 %"];

const answer = (words: readonly string[], wrong = BELOW): Promise<string> =>
  withFiles(
    Object.entries(FILES).map(([path, text]) => ({ path, text, encoding: "utf8" as const })),
    async (root) => {
      const { lines, diagnostics } = await answerTo(["coverage", ...words], root);
      expect(diagnostics.map((d) => `${d.code}: ${d.message}`)).toEqual(wrong);
      return `${lines.join("\n")}\n`;
    },
  );

describe("coverage is told", () => {
  it("to people", async () => {
    await expect(await answer([])).toMatchFileSnapshot("expected/table.txt");
  });
  it("to programs", async () => {
    const object: unknown = JSON.parse(await answer(["--output", "json"]));
    await expect(`${JSON.stringify(object, undefined, 2)}\n`).toMatchFileSnapshot("expected/object.json");
  });
  it("as Markdown", async () => {
    await expect(await answer(["--output", "markdown"])).toMatchFileSnapshot("expected/markdown.txt");
  });
  it("of what is selected, by tests that are not", async () => {
    await expect(
      await answer(["--select", "source:raw", "--exclude", "test_type:data", "--resource-type", "source"], []),
    ).toMatchFileSnapshot("expected/sources.txt");
  });
});
