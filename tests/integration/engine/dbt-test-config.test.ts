/** Config of data tests as dbt has it: `fail_calc`, and what says whether failing rows are stored. */
import { expect, test } from "vitest";
import { failuresText } from "../../../src/plugins/reporters/event-text.ts";
import { type Told, withEngine } from "../../support/engine.ts";

const ends = ({ result }: Told): Readonly<Record<string, unknown>> =>
  Object.fromEntries([...result.tests.values()].map((t) => [t.name, [t.status, t.failures, t.decidedBy]]));

test("fail_calc says what is counted of the failing rows", async () => {
  await using engine = await withEngine({
    "models/orders.sql": "select * from (values (1, 5), (1, 7), (2, null), (3, -2.5)) as v (id, missing)\n",
    "models/orders.yml": `models:
  - name: orders
    columns:
      - name: id
        data_tests:
          - unique: { name: plain }
          - unique: { name: by_hand, config: { fail_calc: " COUNT( * ) " } }
          - unique: { name: summed, fail_calc: "sum(n_records)", error_if: "> 5" }
          - unique: { name: of_few, config: { where: "id > 1", fail_calc: "sum(n_records)" } }
          - not_null: { name: none, fail_calc: "sum(missing)" }
          - not_null: { name: no_key, fail_calc: "count(*)" }
      - name: missing
        data_tests:
          - accepted_range: { name: in_part, min_value: 0, fail_calc: "-sum(missing)" }
`,
    "models/gaps.test.sql": `{{config fail_calc="max(missing)" warn_if="> 3" error_if="> 10"}}
select * from {{ref "orders"}} where missing > 0
`,
    "models/wrong.test.sql": `{{config fail_calc="sum(nothing)"}}
select * from {{ref "orders"}}
`,
  });
  const told = await engine.build();
  expect(ends(told)).toEqual({
    plain: ["fail", 1, "query"],
    by_hand: ["fail", 1, "query"],
    summed: ["warn", 2, "query"],
    of_few: ["pass", 0, "query"],
    none: ["pass", 0, "query"],
    no_key: ["pass", 0, "scan shared by 3 tests"],
    in_part: ["fail", 3, "query"],
    gaps: ["warn", 7, "query"],
    wrong: ["error", 0, "query"],
  });
  const said = told.events.flatMap((e) =>
    e.kind === "test_finished" && e.failCalc !== undefined && e.failures > 0 ? [`${e.name}: ${failuresText(e)}`] : [],
  );
  expect(said.sort()).toEqual([
    "gaps: 7 by max(missing)",
    "in_part: 3 by -sum(missing)",
    "summed: 2 by sum(n_records)",
  ]);
  const place = told.events.find((e) => e.kind === "test_finished" && e.name === "wrong");
  expect(place?.kind === "test_finished" && place.diagnostic?.at).toMatchObject({
    file: { path: "models/wrong.test.sql" },
    start: "{{config fail_calc=".length,
  });
});

test("store_failures: false and its like store no rows, and the nearer `failures` wins", async () => {
  await using engine = await withEngine({
    "models/orders.sql": "select null::int as id\n",
    "models/orders.yml": `models:
  - name: orders
    columns:
      - name: id
        data_tests:
          - not_null: { name: stored, store_failures: true }
          - not_null: { name: as_table, store_failures_as: table }
          - not_null: { name: forgotten, store_failures: false }
          - not_null: { name: passing_by, store_failures_as: ephemeral }
          - not_null: { name: own_words, store_failures: false, failures: { store: 3 } }
`,
  });
  const stored = async (told: Told): Promise<readonly unknown[]> => {
    expect(told.diagnostics).toEqual([]);
    const rows = await engine.database.query(
      "select test_id as name from galley.test_failures where run_id = (select run_id from galley.runs order by started_at desc limit 1) order by 1",
    );
    return rows.map(({ name }) => name);
  };
  const all = ["test.shop.as_table", "test.shop.own_words", "test.shop.stored"];
  expect(await stored(await engine.build())).toEqual(all);
  // What the project stores is farther than what a test forbids.
  const project = await engine.project.read("project.yml");
  await engine.project.write({ "project.yml": `${project}failures: { store: 50 }\n` });
  expect(await stored(await engine.build())).toEqual(all);
  await engine.project.write({ "project.yml": `${project}data_tests: { +store_failures: false }\n` });
  expect(await stored(await engine.build())).toEqual(all);
});

test("under `limit` no more rows are shown and stored than are counted", async () => {
  await using engine = await withEngine({
    "models/orders.sql": "select g as id, null::int as a, 1 as b from generate_series(1, 9) as g\n",
    "models/orders.yml": `models:
  - name: orders
    config: { unique_key: id }
    columns:
      - name: a
        data_tests: [{ not_null: { name: scanned, config: { limit: 2 } } }, { not_null: { name: shared } }]
      - name: b
        data_tests: [{ accepted_values: { name: queried, values: [2], config: { limit: 3, fail_calc: "max(id)" } } }]
`,
  });
  const told = await engine.build();
  const shown = told.events.flatMap((e) =>
    e.kind === "test_finished" ? [[e.name, e.failures, e.sample?.rows.length] as const] : [],
  );
  expect([...shown].sort(([a], [b]) => (a < b ? -1 : 1))).toEqual([
    ["queried", 3, 3],
    ["scanned", 2, 2],
    ["shared", 9, 5],
  ]);
  const stored = await engine.database.query(
    "select test_id as name, count(*)::int as rows from galley.test_failures group by 1 order by 1",
  );
  expect(stored.map(({ rows }) => rows)).toEqual([3, 2, 9]);
});
