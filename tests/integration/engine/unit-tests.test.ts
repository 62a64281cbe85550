/** Unit tests on a database in which nothing is built: types, inputs of every kind, and what a failure says. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunEvent } from "../../../src/domain/event.ts";
import { type Engine, type Told, withEngine } from "../../support/engine.ts";
import { forEachServer } from "../../support/servers.ts";

type Finished = Extract<RunEvent, { kind: "test_finished" }>;

const endings = ({ events }: Told): Readonly<Record<string, string>> =>
  Object.fromEntries(events.flatMap((e) => (e.kind === "test_finished" ? [[e.name, e.status]] : [])));

const differences = ({ events }: Told, name: string): Finished["differences"] =>
  events.find((e): e is Finished => e.kind === "test_finished" && e.name === name)?.differences;

const FILES = {
  "project.yml": `name: shop
target: server
schema: shop
vars: { bonus: 10 }
targets:
  server: { type: postgres, url: "\${DATABASE_URL}", threads: 4 }
models: { +materialized: table }
unit_tests: { typed: { +tags: [typed] } }
`,
  "models/raw.yml": `sources:
  - name: raw
    tables:
      - name: orders
        columns:
          - { name: order_id, data_type: integer }
          - { name: customer_id, data_type: integer }
          - { name: amount, data_type: "numeric(8,2)" }
          - { name: placed_on, data_type: date }
`,
  "seeds/countries.csv": "code,name,share\n01,Austria,0.5\n02,Peru,\n",
  "snapshots/s.yml": `snapshots:
  - name: order_history
    relation: source('raw', 'orders')
    config: { strategy: timestamp, unique_key: order_id, updated_at: placed_on }
`,
  "macros/twice.sql": '{{params "column"}}\n2 * {{column}}\n',
  "macros/today.sql": "current_date\n",
  "models/staged.sql":
    '{{config materialized="ephemeral"}}\nselect *, amount > 100 as is_big from {{source "raw" "orders"}}',
  "models/per_customer.sql": `with per_customer as (select * from {{ref "staged"}})
select customer_id, sum(amount) + {{var "bonus"}} as total, count(*) filter (where is_big) as big
from per_customer group by customer_id`,
  "models/unaliased.sql": `select per_customer.customer_id, countries.name, per_customer.total
from {{ref "per_customer"}} join {{ref "countries"}} on countries.code = per_customer.customer_id::text`,
  "models/contracted.sql": "select 1::bigint as id, 'x'::text as note",
  "models/contracted.yml": `models:
  - name: contracted
    config: { contract: { enforced: true } }
    columns: [{ name: id, data_type: bigint }, { name: note, data_type: text }]
`,
  "models/counted.sql":
    'with recursive n as (select 1 as i union all select i + 1 from n where i < (select max(id) from {{ref "contracted"}})) select i from n',
  "models/log.sql": `{{config materialized="incremental" unique_key="order_id"}}
select order_id, amount, {{run_started_at}}::date as seen_on from {{source "raw" "orders"}}
{{#if is_incremental}} where order_id > (select coalesce(max(order_id), 0) from {{this}}) {{/if}}`,
  "models/now.sql":
    'select {{> twice column="order_id"}} as twice, {{> today}} as today from {{source "raw" "orders"}}',
  "models/ended.sql": 'select order_id, dbt_valid_to is null as holds from {{ref "order_history"}}',
  "models/typed/typed.sql": 'select * from {{ref "types"}}',
  "models/types.sql": `select 1.5::numeric as n, 1.5::numeric(6,3) as n2, 0.1::float8 as f, 'a'::char(3) as c, 'a'::varchar(3) as v,
  interval '1 day' as i, '{}'::json as j, '{}'::jsonb as jb, array[1.5] as a, array['x'] as t, true as b,
  now() as tz, '\\x00'::bytea as by, 'x'::"char" as ch, null::uuid as u`,
  "fixtures/two.csv": "order_id,customer_id,amount\n1,7,150\n2,7,0.5\n",
  "fixtures/deep/rows.sql": "select 7 as customer_id, 160.50 as total, 1 as big",
  "models/tests.yml": `unit_tests:
  - name: through_an_ephemeral_model
    model: per_customer
    given: [{ input: "source('raw', 'orders')", fixture: two }]
    expect: { fixture: rows }
  - name: an_ephemeral_model_itself
    model: per_customer
    overrides: { vars: { bonus: 0 } }
    given:
      - input: ref('staged')
        rows: [{ customer_id: 1, amount: 5, is_big: true }, { customer_id: 1, amount: 5 }]
    expect: { rows: [{ customer_id: 1, total: 10.0, big: 1 }] }
  - name: names_without_aliases_and_a_seed
    model: unaliased
    given:
      - { input: ref('per_customer'), rows: [{ customer_id: 1, total: 3 }, { customer_id: 3, total: 4 }] }
      - { input: ref('countries'), format: csv, rows: "code,name\\n1,Chile\\n3,\\n" }
    expect: { format: csv, rows: "customer_id,name\\n3,\\n1,Chile\\n" }
  - name: the_rows_of_a_seed_file
    query: select code, name, share from {{ref "countries"}}
    given: [{ input: ref('countries') }]
    expect: { rows: [{ code: "01", name: Austria, share: 0.50 }, { code: "02", name: Peru, share: null }] }
  - name: a_contract_and_recursion
    model: counted
    given: [{ input: ref('contracted'), rows: [{ id: 3 }] }]
    expect: { rows: [{ i: 3 }, { i: 1 }, { i: 2 }] }
  - name: built_whole
    model: log
    overrides: { macros: { is_incremental: false, run_started_at: 2026-01-31 } }
    given: [{ input: "source('raw', 'orders')", rows: [{ order_id: 1 }, { order_id: 2 }] }]
    expect: { rows: [{ order_id: 1, seen_on: 2026-01-31 }, { order_id: 2, seen_on: 2026-01-31 }] }
  - name: new_rows_alone
    model: log
    overrides: { macros: { dbt.is_incremental: true } }
    given:
      - { input: this, rows: [{ order_id: 1 }] }
      - { input: "source('raw', 'orders')", rows: [{ order_id: 1 }, { order_id: 2, amount: 9.99 }] }
    expect: { rows: [{ order_id: 2, amount: 9.99 }] }
  - name: a_macro_that_is_overridden
    model: now
    overrides: { macros: { today: "date '2026-02-01'" } }
    given: [{ input: "source('raw', 'orders')", rows: [{ order_id: 4 }] }]
    expect: { rows: [{ twice: 8, today: 2026-02-01 }] }
  - name: a_snapshot
    model: ended
    given:
      - input: ref('order_history')
        rows: [{ order_id: 1 }, { order_id: 2, dbt_valid_to: 2026-01-01 }]
    expect: { rows: [{ order_id: 1, holds: true }, { order_id: 2, holds: false }] }
  - name: nothing_in_nothing_out
    model: per_customer
    given: [{ input: ref('staged'), rows: [] }]
    expect: { rows: [] }
  - name: a_macro
    query: |
      select {{> twice column="n"}} as m from (values (1), (2), (2)) as v (n)
    expect: { rows: [{ m: 4 }, { m: 2 }, { m: 4 }] }
  - name: every_type
    model: typed
    given:
      - input: ref('types')
        rows:
          - { n: 1.50, n2: 2, f: 1e1, c: b, v: "", i: 24 hours, j: { a: [1, null] }, jb: { b: 1, a: x }, a: [1, 2.50], t: ["a,b", null, 'q"'],
              b: yes, tz: "2026-01-31T00:00:00Z", by: '\\xff', ch: y, u: 00000000-0000-0000-0000-000000000001 }
    expect:
      rows:
        - { n: 1.5, n2: 2.000, f: 10, c: "b  ", v: "", i: 1 day, j: '{"a":[1,null]}', jb: { a: x, b: 1 }, a: "{1,2.5}", t: ["a,b", null, 'q"'],
            b: true, tz: "2026-01-31 01:00:00+01", by: '\\xff', ch: y, u: 00000000-0000-0000-0000-000000000001 }
`,
};

forEachServer((server) => {
  describe("unit tests", () => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await withEngine(FILES, { server });
    });
    afterAll(() => engine[Symbol.asyncDispose]());

    it("pass on an empty database, which stays empty", async () => {
      const told = await engine.test({ select: ["test_type:unit"] });
      expect(told.complaints).toEqual([]);
      expect(new Set(Object.values(endings(told)))).toEqual(new Set(["pass"]));
      expect(Object.keys(endings(told)).length).toBe(12);
      expect([told.exit, await engine.relations()]).toEqual([0, []]);
    });

    it("are selected by tag of their folder, by name and by model", async () => {
      expect(endings(await engine.test({ select: ["unit_test:a_m*"] }))).toEqual({
        a_macro: "pass",
        a_macro_that_is_overridden: "pass",
      });
      expect(Object.keys(endings(await engine.test({ select: ["log"] }))).sort()).toEqual([
        "built_whole",
        "new_rows_alone",
      ]);
    });
  });
});

const wrong = `unit_tests:
  - name: is_wrong
    model: middle
    given: [{ input: ref('first'), rows: [{ id: 1, part: 4 }, { id: 2, part: 0 }] }]
    expect: { rows: [{ id: 1, share: 3 }, { id: 3, share: 1 }] }
  - name: raises
    model: last
    given: [{ input: ref('middle'), rows: [{ id: 1, share: 0 }] }]
    expect: { rows: [{ id: 1, back: 0 }] }
  - name: is_right
    model: last
    given: [{ input: ref('middle'), rows: [{ id: 1, share: 4 }] }]
    expect: { rows: [{ id: 1, back: 0 }] }
`;

const CHAIN = {
  "models/first.sql": "select 1 as id, 2 as part",
  "models/middle.sql": 'select id, part / 2 as share from {{ref "first"}}',
  "models/through.sql": '{{config materialized="ephemeral"}}\nselect * from {{ref "middle"}}',
  "models/last.sql": 'select id, 1 / share as back from {{ref "middle"}}',
  "models/other.sql": 'select * from {{ref "first"}}',
  "models/below.sql": 'select * from {{ref "through"}}',
};

describe("a unit test that fails", () => {
  it("keeps its model and all below from being built, and everything from being published", async () => {
    await using engine = await withEngine({ ...CHAIN, "models/tests.yml": wrong });
    const told = await engine.build();
    expect(told.exit).toBe(3);
    expect(endings(told)).toEqual({ is_wrong: "fail", raises: "error", is_right: "pass" });
    expect(Object.fromEntries([...told.result.nodes].map(([id, node]) => [id, node.status]))).toEqual({
      "model.shop.first": "success",
      "model.shop.other": "success",
      "model.shop.middle": "skipped",
      "model.shop.last": "skipped",
      "model.shop.below": "skipped",
    });
    expect(await engine.relations()).not.toContain("shop.first");
    expect(differences(told, "is_wrong")).toEqual({
      columns: ["id", "share"],
      rows: [
        {
          kind: "differs",
          cells: [
            { expected: "1", actual: "1", isEqual: true },
            { expected: "3", actual: "2", isEqual: false },
          ],
        },
        { kind: "missing", cells: ["3", "1"] },
        { kind: "unexpected", cells: ["2", "0"] },
      ],
      equal: 0,
      expected: 2,
      actual: 2,
    });
    expect(await engine.database.query("select test_id, status from galley.test_results order by 1")).toEqual([
      { test_id: "unit_test.shop.last.is_right", status: "pass" },
      { test_id: "unit_test.shop.last.raises", status: "error" },
      { test_id: "unit_test.shop.middle.is_wrong", status: "fail" },
    ]);
  });

  it("holds up nothing that does not stand on its model, and can be left out", async () => {
    await using engine = await withEngine({ ...CHAIN, "models/tests.yml": wrong });
    expect((await engine.build({ select: ["first", "other"] })).exit).toBe(0);
    expect((await engine.build({ exclude: ["test_type:unit"] })).exit).toBe(0);
    const again = await engine.test();
    expect([again.exit, endings(again)]).toEqual([3, { is_wrong: "fail", raises: "error", is_right: "pass" }]);
  });

  it("is of the columns that the project's SQL gives, not of those that stand on live", async () => {
    await using engine = await withEngine(CHAIN);
    expect((await engine.build()).exit).toBe(0);
    await engine.project.write({
      "models/first.sql": "select 1 as id, 2 as part, 'n'::text as note",
      "models/other.sql": 'select id, upper(note) as note from {{ref "first"}}',
      "models/tests.yml": `unit_tests:
  - name: of_a_new_column
    model: other
    given: [{ input: ref('first'), rows: [{ id: 1, note: x }] }]
    expect: { rows: [{ note: X }] }
`,
    });
    expect(endings(await engine.test())).toEqual({ of_a_new_column: "pass" });
  });

  it("takes declared types where nothing is known of a source far above", async () => {
    const files = (declared: string): Readonly<Record<string, string>> => ({
      "models/first.sql": 'select id, upper(note) as note from {{source "raw" "nowhere"}}',
      "models/second.sql": `{{config materialized="incremental" unique_key="id"}}
select id, note || '!' as note from {{ref "first"}}{{#if (is_incremental)}} where id > (select max(id) from {{this}}){{/if}}`,
      "models/models.yml": `sources: [{ name: raw, tables: [{ name: nowhere }] }]
models:
  - { name: first, columns: [${declared}] }
  - { name: second, columns: [{ name: id, data_type: int }] }
unit_tests:
  - name: newer_rows
    model: second
    overrides: { macros: { is_incremental: true } }
    given:
      - { input: ref('first'), rows: [{ id: 1, note: a }, { id: 2, note: b }] }
      - { input: this, rows: [{ id: 1 }] }
    expect: { rows: [{ id: 2, note: b! }] }
`,
    });
    await using engine = await withEngine(files("{ name: id, data_type: int }, { name: note, data_type: text }"));
    const told = await engine.test();
    expect([told.complaints, endings(told)]).toEqual([[], { newer_rows: "pass" }]);
    await engine.project.write(files("{ name: id }, { name: note }"));
    expect(endings(await engine.test())).toEqual({ newer_rows: "error" });
  });

  it("in a message with others takes none of them with it", async () => {
    const one = (i: number): string =>
      `  - { name: case_${i}, query: "select 6 / ${i % 7} as n", expect: { rows: [{ n: ${Math.trunc(6 / (i % 7)) || 0} }] } }`;
    const tests = Array.from({ length: 60 }, (_, i) => one(i)).join("\n");
    await using engine = await withEngine({ "models/tests.yml": `unit_tests:\n${tests}\n` });
    const told = await engine.test();
    const statuses = Object.values(endings(told));
    expect(statuses.filter((status) => status === "pass").length).toBe(51);
    expect(statuses.filter((status) => status === "error").length).toBe(9);
  });
});
