import { expect, test } from "vitest";
import { photographOf, type Told, withEngine } from "../../support/engine.ts";

const numbers = (values: string): string => `select * from (values ${values}) as v (id, amount)\n`;
const yml = (tests: string): string => `models:
  - name: numbers
    columns:
      - { name: id, constraints: [{ type: not_null }] }
      - name: amount
        data_tests: ${tests}
  - name: below
`;
const below = 'select count(*) as n from {{ref "numbers"}}\n';

const testsOf = ({ result }: Told) => [...result.tests.values()].map((t) => [t.name, t.status, t.failures]).sort();
const nodesOf = ({ result }: Told) => [...result.nodes].map(([id, n]) => [id, n.status]).sort();

test("a failed test of severity error leaves live untouched, keeps the workspace, and skips what is below", async () => {
  await using engine = await withEngine({
    "models/numbers.sql": numbers("(1, 10), (2, 20)"),
    "models/below.sql": below,
    "models/numbers.yml": yml("[not_null]"),
  });
  expect((await engine.build()).exit).toBe(0);
  const live = await photographOf(engine.database, ["shop"]);
  await engine.project.write({ "models/numbers.sql": numbers("(1, 10), (2, null), (3, null)") });
  const failed = await engine.build();
  expect(failed.exit).toBe(1);
  expect(testsOf(failed)).toEqual([["not_null_numbers_amount", "fail", 2]]);
  expect(nodesOf(failed)).toEqual([
    ["model.shop.below", "skipped"],
    ["model.shop.numbers", "success"],
  ]);
  expect(failed.result.publish).toBeUndefined();
  expect(await photographOf(engine.database, ["shop"])).toEqual(live);
  expect(await engine.relations()).toEqual(["shop.below", "shop.numbers", "shop__next.numbers"]);
  expect(await engine.database.query("select state from galley.runs order by started_at")).toEqual([
    { state: "succeeded" },
    { state: "failed" },
  ]);
  expect(
    await engine.database.query(
      "select test_id, status, failures::int from galley.test_results where status <> 'pass'",
    ),
  ).toEqual([{ test_id: "test.shop.not_null_numbers_amount", status: "fail", failures: 2 }]);

  const onWorkspace = await engine.test({ against: "workspace" });
  expect([onWorkspace.exit, testsOf(onWorkspace)]).toEqual([1, [["not_null_numbers_amount", "fail", 2]]]);
  const onLive = await engine.test();
  expect([onLive.exit, testsOf(onLive)]).toEqual([0, [["not_null_numbers_amount", "pass", 0]]]);

  await engine.project.write({ "models/numbers.sql": numbers("(1, 10), (2, 21)") });
  expect((await engine.build()).exit).toBe(0);
  expect(await engine.relations()).toEqual(["shop.below", "shop.numbers"]);
});

test("a warning publishes", async () => {
  await using engine = await withEngine({
    "models/numbers.sql": numbers("(1, 10), (2, null)"),
    "models/below.sql": below,
    "models/numbers.yml": yml("[{ not_null: { config: { severity: warn } } }]"),
  });
  const told = await engine.build();
  expect(told.exit).toBe(0);
  expect(testsOf(told)).toEqual([["not_null_numbers_amount", "warn", 1]]);
  expect(told.result.publish).toMatchObject({ status: "published", relations: 2 });
});

test("thresholds decide: below error_if it warns, a percentage is of the rows judged, limit caps the count", async () => {
  const rows = Array.from({ length: 10 }, (_, i) => `(${i}, ${i < 3 ? "null" : i})`).join(", ");
  await using engine = await withEngine({
    "models/numbers.sql": numbers(rows),
    "models/below.sql": below,
    "models/numbers.yml": yml(`
          - not_null: { name: few, config: { error_if: "> 3" } }
          - not_null: { name: a_third, config: { error_if: "> 30%" } }
          - not_null: { name: capped, config: { error_if: "> 1", limit: 1 } }
          - not_null: { name: of_some, config: { where: "id > 2", error_if: "> 0%" } }
          - not_null: { name: most, config: { warn_if: "> 5", error_if: "> 5" } }
          - accepted_values: { name: small, arguments: { values: [3, 4, 5, 6, 7, 8] }, config: { error_if: ">= 10%", severity: warn } }`),
  });
  const told = await engine.build();
  expect(told.exit).toBe(0);
  expect(testsOf(told)).toEqual([
    ["a_third", "warn", 3],
    ["capped", "warn", 1],
    ["few", "warn", 3],
    ["most", "pass", 3],
    ["of_some", "pass", 0],
    ["small", "warn", 1],
  ]);
});

test("failing rows are shown with their key in front, with a query for all of them", async () => {
  await using engine = await withEngine({
    "models/numbers.sql": "select id % 3 as bucket, id, nullif(id, 4) as amount from generate_series(1, 8) as id\n",
    "models/numbers.yml": `models:
  - name: numbers
    constraints: [{ type: primary_key, columns: [id] }]
    columns:
      - { name: amount, data_tests: [not_null] }
      - { name: bucket, data_tests: [unique] }
`,
  });
  const told = await engine.build();
  expect(told.exit).toBe(1);
  const samples = new Map([...told.result.tests.values()].map((t) => [t.name, t.sample]));
  expect(samples.get("not_null_numbers_amount")).toEqual({
    columns: ["id", "amount", "bucket"],
    keyColumns: 1,
    testedColumns: 1,
    rows: [["4", null, "1"]],
    query: 'select * from "shop__next"."numbers" as t where "amount" is null',
    liveQuery: 'select * from "shop"."numbers" as t where "amount" is null',
  });
  expect(samples.get("unique_numbers_bucket")).toMatchObject({
    columns: ["bucket", "n_records"],
    keyColumns: 0,
    rows: expect.arrayContaining([
      ["0", "2"],
      ["1", "3"],
      ["2", "3"],
    ]),
  });
  const query = samples.get("not_null_numbers_amount")?.query ?? "";
  expect(await engine.database.query(query)).toEqual([{ bucket: 1, id: 4, amount: null }]);
});

const constraints = `
      - { type: primary_key, columns: [id] }
      - { type: unique, columns: [code] }
      - { type: check, name: positive, expression: "amount > 0" }
      - { type: foreign_key, columns: [parent], to: ref('parents'), to_columns: [id] }`;

test("every constraint that the data violate is a failed data test, all of them at once, and nothing is published", async () => {
  await using engine = await withEngine({
    "models/parents.sql": "select 1 as id\n",
    "models/children.sql":
      "-- depends on {{ref \"parents\"}}\nselect * from (values (1, 'a', 5, 1, 1, 1), (1, 'a', -5, 2, null, 2), (2, 'b', 3, 1, 2, 2)) as v (id, code, amount, parent, needed, ranked)\n",
    "models/models.yml": `models:
  - name: parents
    constraints: [{ type: primary_key, columns: [id] }]
  - name: children
    config:
      indexes:
        - { name: ranked_once, columns: [{ expression: "ranked + 0" }], unique: true, where: "ranked > 1" }
        - { columns: [amount] }
    constraints: ${constraints}
    columns: [{ name: needed, constraints: [{ type: not_null }] }]
`,
  });
  const told = await engine.build();
  expect(told.exit).toBe(1);
  expect(told.complaints.filter((c) => !c.startsWith("template/"))).toEqual([]);
  expect(testsOf(told)).toEqual([
    ["children_code_key", "fail", 1],
    ["children_needed_not_null", "fail", 1],
    ["children_parent_fkey", "fail", 1],
    ["children_pkey", "fail", 1],
    ["positive", "fail", 1],
    ["ranked_once", "fail", 1],
  ]);
  const samples = new Map([...told.result.tests.values()].map((t) => [t.name, t.sample?.rows]));
  expect(samples.get("children_pkey")).toEqual([["1", "2"]]);
  expect(samples.get("children_code_key")).toEqual([["a", "2"]]);
  expect(samples.get("positive")).toEqual([["1", "a", "-5", "2", null, "2"]]);
  expect(samples.get("children_needed_not_null")).toEqual([["1", null, "a", "-5", "2", "2"]]);
  expect(samples.get("children_parent_fkey")).toEqual([["1", "2", "a", "-5", null, "2"]]);
  expect(samples.get("ranked_once")).toEqual([["2", "2"]]);
  expect(nodesOf(told)).toEqual([
    ["model.shop.children", "fail"],
    ["model.shop.parents", "success"],
  ]);
  expect(await engine.relations()).toEqual(["shop__next.children", "shop__next.parents"]);
});

test("a primary key that a foreign key of the same table needs is what is reported when it cannot be made", async () => {
  await using engine = await withEngine({
    "models/tree.sql": "select * from (values (1, null), (1, 1), (2, 1)) as v (id, parent)\n",
    "models/models.yml": `models:
  - name: tree
    constraints:
      - { type: primary_key, columns: [id] }
      - { type: foreign_key, columns: [parent], to: ref('tree'), to_columns: [id] }
`,
  });
  const told = await engine.build();
  expect(told.complaints).toEqual([]);
  expect(testsOf(told)).toEqual([["tree_pkey", "fail", 1]]);
  expect(told.exit).toBe(1);
});

test("a unique index of a materialized view counts as a test too", async () => {
  await using engine = await withEngine({
    "models/mv.sql": '{{config materialized="materialized_view"}}\nselect 1 as a union all select 1\n',
    "models/mv.yml": "models: [{ name: mv, config: { indexes: [{ columns: [a], unique: true }] } }]\n",
  });
  const told = await engine.build();
  expect([told.exit, testsOf(told)]).toEqual([1, [["mv_a_idx", "fail", 1]]]);
});

test("a test that raises is an error, whatever its severity, and the others are decided", async () => {
  await using engine = await withEngine({
    "models/numbers.sql": numbers("(1, 0), (2, null)"),
    "models/below.sql": below,
    "models/numbers.yml": yml(`
          - not_null
          - unique
          - accepted_values: { name: raises, arguments: { values: [0] }, config: { where: "1 / amount > 0", severity: warn } }`),
    "models/singular.test.sql": 'select * from {{ref "numbers"}}\nwhere 10 / amount > 1\n',
    "models/typo.test.sql": 'select *\nfrom {{ref "numbers"}}\nwhere amuont > 1\n',
  });
  const told = await engine.build();
  expect(told.exit).toBe(3);
  expect(testsOf(told)).toEqual([
    ["not_null_numbers_amount", "fail", 1],
    ["raises", "error", 0],
    ["singular", "error", 0],
    ["typo", "error", 0],
    ["unique_numbers_amount", "pass", 0],
  ]);
  const typo = told.diagnostics.find((d) => d.message.includes("amuont"));
  expect(typo?.at?.file.path).toBe("models/typo.test.sql");
  expect(typo?.at?.file.text.slice(typo.at.start, typo.at.end)).toBe("amuont");
  expect(told.result.publish).toBeUndefined();
});

test("a test of a source gates what is built from it", async () => {
  await using engine = await withEngine({
    "models/sources.yml":
      "sources: [{ name: raw, tables: [{ name: orders, columns: [{ name: id, data_tests: [unique] }] }] }]\n",
    "models/orders.sql": 'select * from {{source "raw" "orders"}}\n',
    "models/other.sql": "select 1 as a\n",
  });
  await engine.database.query(
    "create schema raw; create table raw.orders as select 1 as id from generate_series(1, 2)",
  );
  const told = await engine.build();
  expect([told.exit, testsOf(told)]).toEqual([1, [["source_unique_raw_orders_id", "fail", 1]]]);
  expect(nodesOf(told)).toEqual([
    ["model.shop.orders", "skipped"],
    ["model.shop.other", "success"],
  ]);
});

test("--fail-fast ends with the code of the failure, not of what it cancelled", async () => {
  await using engine = await withEngine({
    "models/numbers.sql": numbers("(1, null)"),
    "models/below.sql": below,
    "models/slow.sql": "select pg_sleep(100)::text as a\n",
    "models/numbers.yml": yml("[not_null]"),
  });
  const told = await engine.build({ isFailFast: true });
  expect(told.exit).toBe(1);
  expect(nodesOf(told)).toEqual([
    ["model.shop.below", expect.stringMatching(/skipped|cancelled/)],
    ["model.shop.numbers", "success"],
    ["model.shop.slow", "cancelled"],
  ]);
});

test("test --fail-fast answers for each test, also for those that it did not ask any more", async () => {
  const names = Array.from({ length: 40 }, (_, i) => `t${i}`);
  await using engine = await withEngine({
    "models/numbers.sql": numbers("(1, null)"),
    "models/below.sql": below,
    "models/numbers.yml": yml(`[${names.map((name) => `{ not_null: { name: ${name} } }`).join(", ")}]`),
  });
  expect((await engine.build({ exclude: ["t*"] })).exit).toBe(0);
  const told = await engine.test({ isFailFast: true });
  expect(told.exit).toBe(1);
  expect(told.result.tests.size).toBe(40);
});

test("test --fail-fast ends with the tests of sources when one of them failed", async () => {
  await using engine = await withEngine({
    "models/numbers.sql": numbers("(1, 1)"),
    "models/below.sql": below,
    "models/raw.yml":
      "sources: [{ name: raw, tables: [{ name: lone, columns: [{ name: a, data_tests: [{ not_null: { name: of_source } }] }] }] }]\n",
    "models/numbers.yml": yml("[{ not_null: { name: of_model } }]"),
  });
  await engine.database.query("create schema raw; create table raw.lone (a int); insert into raw.lone values (null)");
  expect((await engine.build({ exclude: ["of_source"] })).exit).toBe(0);
  const ends = ({ result }: Awaited<ReturnType<typeof engine.test>>): unknown =>
    [...result.tests.values()].map(({ name, status }) => [name, status]).sort();
  expect(ends(await engine.test())).toEqual([
    ["of_model", "pass"],
    ["of_source", "fail"],
  ]);
  const told = await engine.test({ isFailFast: true });
  expect([told.exit, ends(told)]).toEqual([
    1,
    [
      ["of_model", "cancelled"],
      ["of_source", "fail"],
    ],
  ]);
});

test("a mistake in the template of a test needs no connection to be found", async () => {
  await using engine = await withEngine({
    "models/lone.test.sql": "select 1 where {{ nothing }}\n",
    "project.yml":
      "name: shop\nschema: shop\ntarget: gone\ntargets: { gone: { type: postgres, url: 'postgres://127.0.0.1:1/none' } }\n",
  });
  const told = await engine.test();
  expect(told.diagnostics.map(({ code }) => code)).toEqual(["template/unknown-name"]);
});
