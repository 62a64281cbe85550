import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { failuresRecords, failuresText } from "../../../src/cli/print/failures.ts";
import type { FoundFailures } from "../../../src/domain/found-failures.ts";
import { type Engine, withEngine } from "../../support/engine.ts";

const ids = { first: randomUUID(), second: randomUUID(), third: randomUUID() };

const orders = (rows: string): string =>
  `select * from (values ${rows}) as v (order_id, state, email)\nwhere state <> 'none'\n`;
const yml = (pii: string): string => `models:
  - name: orders
    config: { unique_key: order_id }
    meta: { owner: shop-team }
    columns:
      - name: state
        data_tests: [not_null, { accepted_values: { name: known, arguments: { values: [open] } } }]
      - { name: email, meta: { pii: ${pii} }, data_tests: [unique] }
`;

let engine: Engine;
/** Three runs, a day apart each; the last one on live, of one test alone. */
beforeAll(async () => {
  engine = await withEngine({
    "models/orders.sql": orders("(1::bigint << 60, 'lost', 'a'), (2, 'gone', 'b'), (3, 'open', 'b')"),
    "models/orders.yml": yml("false"),
    "models/other.sql": "select null::int as id\n",
    "models/other.yml":
      "models: [{ name: other, columns: [{ name: id, data_tests: [{ not_null: { config: { severity: warn } } }] }] }]\n",
  });
  await engine.build({ runId: ids.first });
  await engine.project.write({
    "models/orders.sql": orders("(1::bigint << 60, 'lost', 'a'), (4, 'new', 'b'), (5, 'open', 'c')"),
  });
  await engine.build({ runId: ids.second });
  await engine.test({ runId: ids.third, against: "workspace", select: ["known"] });
  for (const [i, id] of Object.values(ids).entries())
    await engine.database.query(
      "update galley.runs set started_at = date_trunc('day', now()) + interval '3 hours' - make_interval(days => $1) where run_id = $2",
      [2 - i, id],
    );
});
afterAll(() => engine[Symbol.asyncDispose]());

const comparedIn = (found: FoundFailures | undefined) =>
  found?.kind !== "compared"
    ? undefined
    : found.tests.map((t) => [
        t.name,
        t.status,
        [t.new, t.still, t.gone],
        t.found.map(({ is, row }) => `${row["order_id"] ?? row["email"]} ${is}`),
      ]);

const BIG = String(2n ** 60n);

test("the last run is held against the one before that ran the test", async () => {
  const { exit, value } = await engine.failures();
  expect(exit).toBe(0);
  expect(value?.kind === "compared" && value.run.id).toBe(ids.third);
  expect(comparedIn(value)).toEqual([["known", "fail", [0, 2, 0], [`${BIG} still`, "4 still"]]]);
});

test("a named run is held against the one before it: what is new, still there, gone, and what passes now", async () => {
  const { value } = await engine.failures({ run: ids.second.slice(0, 13) });
  expect(comparedIn(value)).toEqual([
    ["known", "fail", [1, 1, 1], ["4 new", `${BIG} still`, "2 gone"]],
    ["not_null_other_id", "warn", [0, 1, 0], ["undefined still"]],
    ["unique_orders_email", "pass", [0, 0, 1], ["b gone"]],
  ]);
  const { value: selected } = await engine.failures({ run: ids.second, select: ["other"] });
  expect(comparedIn(selected)?.map(([name]) => name)).toEqual(["not_null_other_id"]);
});

test.each([
  ["yesterday", ids.second, [0, 2, 0]],
  ["30h", ids.first, undefined],
  [ids.first, ids.first, [1, 1, 1]],
])("--since %s holds it against what was known then", async (since, before, counts) => {
  const { value } = await engine.failures({ since });
  const [known] = value?.kind === "compared" ? value.tests : [];
  // How many hours ago the runs of a day were depends on the hour.
  if (counts !== undefined) expect([known?.before?.run.id, comparedIn(value)?.[0]?.[2]]).toEqual([before, counts]);
  else expect(known?.before).toBeDefined();
});

test("the history of a test lists its runs, the newest first", async () => {
  const { value } = await engine.failures({ test: "known" });
  if (value?.kind !== "history") return expect.unreachable();
  expect(value.runs.map((r) => [r.run.id, r.run.command, r.status, r.failures, r.rows, r.stored])).toEqual([
    [ids.third, "test", "fail", 2, 3, 2],
    [ids.second, "build", "fail", 2, 3, 2],
    [ids.first, "build", "fail", 2, 3, 2],
  ]);
  expect((await engine.failures({ test: "known", limit: 1 })).value).toMatchObject({ runs: [{ status: "fail" }] });
});

test("what no run has is said with a near name, and ends with 5; what is no time with 2", async () => {
  const said = async (asked: Parameters<Engine["failures"]>[0]) => {
    const { exit, diagnostics } = await engine.failures(asked);
    return [exit, diagnostics.map((d) => [d.code, d.message, d.help])];
  };
  expect(await said({ test: "knwon" })).toEqual([
    5,
    [["cli/unknown-test", 'no run has recorded a test "knwon"', 'did you mean "known"?']],
  ]);
  expect(await said({ run: "ffffffff" })).toEqual([
    5,
    [["cli/unknown-run", 'no run whose id begins with "ffffffff" has recorded tests', expect.any(String)]],
  ]);
  expect(await said({ since: "one day" })).toEqual([
    2,
    [["cli/bad-value", expect.stringMatching(/^--since cannot be "one day": /), expect.any(String)]],
  ]);
});

test("a column that became personal after its rows were stored is masked", async () => {
  await engine.project.write({ "models/orders.yml": yml("true") });
  const { value } = await engine.failures({ run: ids.second });
  expect(JSON.stringify(value)).not.toMatch(/"[abc]"/);
  await engine.project.write({ "models/orders.yml": yml("false") });
});

test("people read words and a table, programs one object a line, with numbers as the server prints them", async () => {
  const { value } = await engine.failures({ run: ids.second });
  if (value === undefined) return expect.unreachable();
  const now = new Date(Date.parse("2099-01-01T00:00:00Z"));
  const text = failuresText(value, { width: 80, rows: 2, now });
  expect(text.split("\n\n").at(1)?.split("\n")).toEqual([
    "failed   known  models/orders.yml:7:59",
    "  owner: shop-team",
    expect.stringMatching(/^ {2}2 of 3 rows: 1 new, 1 still there, 1 gone since build [0-9a-f]{8} of /),
    "                      order_id  state  email",
    "    ─────  ───────────────────  ─────  ─────",
    "    new                      4  new    b",
    `    still  ${BIG}  lost   a`,
    "    … and 1 more: --limit shows them",
  ]);
  expect(failuresRecords(value)[0]).toMatchObject({
    test: "test.shop.known",
    new: 1,
    run: { id: ids.second, command: "build", state: "failed" },
    before: { failures: 2, run: { id: ids.first } },
    found: [
      { is: "new", key: { order_id: "4" }, row: { order_id: "4", state: "new", email: "b" } },
      { is: "still", key: { order_id: BIG } },
      { is: "gone" },
    ],
  });
});

test("where nothing is recorded yet, that is said", async () => {
  await using fresh = await withEngine({ "models/a.sql": "select 1 as id\n" });
  const { exit, value, events } = await fresh.failures();
  expect([exit, value, events]).toEqual([
    0,
    undefined,
    [{ kind: "note", message: "no run of shop on target server has recorded tests" }],
  ]);
});
