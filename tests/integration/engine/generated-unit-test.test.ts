/** A unit test made of rows of the database: it passes at once, says no personal data, and fails when the model changes. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Engine, type Told, withEngine } from "../../support/engine.ts";

const endings = ({ events }: Told): readonly (readonly [string, string])[] =>
  events.flatMap((e) => (e.kind === "test_finished" ? [[e.name, e.status] as const] : []));

const RUNNING = `{{config unique_key="order_id"}}
select o.order_id, c.name, o.note, o.amount > 50 as is_big, array[o.order_id] as ids,
  sum(o.amount) over (partition by customer_id order by o.placed_on) as so_far
from {{ref "orders"}} o join {{ref "customers"}} c using (customer_id)
`;

const FILES = {
  "seeds/orders.csv": `order_id,customer_id,amount,placed_on,note
1,1,20.50,2026-01-01,"it's {{ x }}, ""q"" \\n"
2,1,10,2026-01-02,
3,2,99,2026-01-03,null
4,2,9,2026-01-04,"a: b # c"
5,3,9,2026-01-05,x
`,
  "seeds/customers.csv": "customer_id,name,email\n1,Ada,ada@example.com\n2,Bo,bo@example.com\n3,Cy,cy@example.com\n",
  "models/shop.yml": `seeds:
  - name: customers
    columns: [{ name: name, meta: { pii: true } }]
`,
  "models/sums/running.sql": RUNNING,
  "models/totals.sql": `{{config materialized="incremental" unique_key="customer_id"}}
select customer_id, count(*) as orders, {{run_started_at}}::date as seen_on from {{ref "through"}}
{{#if is_incremental}} where placed_on > (select max(seen_on) from {{this}}) {{/if}} group by customer_id`,
  "models/through.sql": '{{config materialized="ephemeral"}}\nselect * from {{ref "orders"}}',
  "models/clock.sql": 'select order_id, current_date - placed_on as days from {{ref "orders"}}',
  "models/run.sql": 'select order_id, {{invocation_id}} as run from {{ref "orders"}}',
};

describe("galley test generate", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await withEngine(FILES);
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  it("needs a model that stands", async () => {
    const told = await engine.generateUnitTest({ model: "running" });
    expect([told.exit, told.complaints]).toEqual([
      2,
      [
        "cli/no-unit-test: no unit test can be made of `running`: shop.running, shop.orders, shop.customers are not in the database",
      ],
    ]);
  });

  it("writes a case of a join and a window that passes, and fails when the model changes", async () => {
    expect((await engine.build()).exit).toBe(0);
    const told = await engine.generateUnitTest({ model: "running", rows: 3 });
    expect([told.complaints, told.value]).toEqual([
      [],
      {
        path: "models/sums/running_unit_test.yml",
        name: "running_on_real_rows",
        given: [
          { input: "ref('orders')", rows: 3 },
          { input: "ref('customers')", rows: 2 },
        ],
        expected: 3,
      },
    ]);
    const text = await readFile(join(engine.project.root, "models/sums/running_unit_test.yml"), "utf8");
    expect(text).toBe(`unit_tests:
  - name: running_on_real_rows
    description: "Made of rows of the database by galley test generate running."
    model: running
    given:
      - input: ref('orders')
        rows:
          - { order_id: 1, customer_id: 1, amount: 20.50, placed_on: 2026-01-01, note: "it's \\u007b{ x }}, \\"q\\" \\\\n" }
          - { order_id: 2, customer_id: 1, amount: 10, placed_on: 2026-01-02, note: null }
          - { order_id: 3, customer_id: 2, amount: 99, placed_on: 2026-01-03, note: "null" }
      - input: ref('customers')
        rows:
          - { customer_id: 1 }
          - { customer_id: 2 }
    expect:
      rows:
        - { order_id: 1, name: null, note: "it's \\u007b{ x }}, \\"q\\" \\\\n", is_big: false, ids: "{1}", so_far: 20.5 }
        - { order_id: 2, name: null, note: null, is_big: false, ids: "{2}", so_far: 30.5 }
        - { order_id: 3, name: null, note: "null", is_big: true, ids: "{3}", so_far: 99 }
`);
    const green = await engine.test({ select: ["test_type:unit"] });
    expect([green.complaints, endings(green)]).toEqual([[], [["running_on_real_rows", "pass"]]]);
    await engine.project.write({ "models/sums/running.sql": RUNNING.replace(" order by o.placed_on", "") });
    expect(endings(await engine.test({ select: ["test_type:unit"] }))).toEqual([["running_on_real_rows", "fail"]]);
  });

  it("writes over nothing", async () => {
    const told = await engine.generateUnitTest({ model: "running" });
    expect([told.exit, told.complaints]).toEqual([
      2,
      ["cli/unit-test-exists: models/sums/running_unit_test.yml is there already"],
    ]);
  });

  it("asks an incremental model as it is built whole, at the time of the run, through ephemeral models", async () => {
    const told = await engine.generateUnitTest({ model: "totals", rows: 1, now: new Date("2026-03-01T12:00:00Z") });
    expect([told.complaints, told.value?.given, told.value?.expected]).toEqual([
      [],
      [{ input: "ref('orders')", rows: 2 }],
      1,
    ]);
    const text = await readFile(join(engine.project.root, "models/totals_unit_test.yml"), "utf8");
    expect(text).toContain('run_started_at: "2026-03-01T12:00:00.000Z"');
    expect(text).toContain("- { customer_id: 1, orders: 2, seen_on: 2026-03-01 }");
    expect(endings(await engine.test({ select: ["totals"] }))).toEqual([["totals_on_real_rows", "pass"]]);
  });

  it("refuses what would come out otherwise on another day", async () => {
    const asked = await engine.generateUnitTest({ model: "clock" });
    const differed = await engine.generateUnitTest({ model: "run" });
    expect([...asked.complaints, ...differed.complaints]).toEqual([
      "cli/no-unit-test: no unit test can be made of `clock`: it asks for `current_date`, and would fail on another day",
      "cli/no-unit-test: no unit test can be made of `run`: two runs of its query over the same rows differ, in run",
    ]);
  });
});
