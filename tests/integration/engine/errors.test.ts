import { expect, test } from "vitest";
import type { Diagnostic } from "../../../src/domain/diagnostic.ts";
import type { Span } from "../../../src/domain/source.ts";
import { until, withEngine } from "../../support/engine.ts";

const placeOf = (at: Span | undefined): string | undefined => {
  if (at === undefined) return undefined;
  const before = at.file.text.slice(0, at.start).split("\n");
  return `${at.file.path}:${before.length}:${(before.at(-1) ?? "").length + 1}: ${at.file.text.slice(at.start, at.end)}`;
};
const first = (diagnostics: readonly Diagnostic[]): Diagnostic => diagnostics[0] ?? expect.fail("no diagnostic");

test("a database error stands at the author's own line and column", async () => {
  await using engine = await withEngine({
    "models/a.sql": "select 1 as id, 'ü' as \"größe\"\n",
    "models/b.sql": '-- größe 💰\nselect id,\n       "größe", raitng\nfrom {{ref "a"}}\n',
    "models/c.sql": 'select * from {{ref "b"}}\n',
    "models/b.yml": "models: [{ name: b, columns: [{ name: id, data_tests: [unique, not_null] }] }]\n",
  });
  const told = await engine.build();
  expect(told.exit).toBe(3);
  expect(told.complaints).toEqual(['execute/sql-error: model.shop.b: column "raitng" does not exist (SQLSTATE 42703)']);
  expect(placeOf(first(told.diagnostics).at)).toBe("models/b.sql:3:17: raitng");
  expect([...told.result.nodes].map(([id, n]) => [id, n.status])).toEqual([
    ["model.shop.a", "success"],
    ["model.shop.b", "error"],
    ["model.shop.c", "skipped"],
  ]);
  expect(await engine.relations()).toEqual(["shop__next.a"]);
  // None is missing from a report that had it yesterday.
  expect([...told.result.tests.values()].map((t) => [t.name, t.status, t.because])).toEqual([
    ["not_null_b_id", "skipped", "model.shop.b failed"],
    ["unique_b_id", "skipped", "model.shop.b failed"],
  ]);
});

test("inside a macro too, with the place of the call", async () => {
  await using engine = await withEngine({
    "macros/twice.sql": '{{params "column"}}\n2 * {{column}} +\n  nonsense(1)\n',
    "models/a.sql": 'select\n  {{> twice column="3"}} as n\n',
  });
  const told = await engine.build();
  expect(told.exit).toBe(3);
  const diagnostic = first(told.diagnostics);
  expect(diagnostic.message).toContain("function nonsense(integer) does not exist");
  expect(placeOf(diagnostic.at)).toBe("macros/twice.sql:3:3: nonsense");
  expect(diagnostic.notes.map((n) => placeOf(n.at))).toEqual(['models/a.sql:2:3: {{> twice column="3"}}']);
});

test("in a check constraint and an index of a property file", async () => {
  await using engine = await withEngine({
    "models/a.sql": "select 1 as id\n",
    "models/a.yml": `models:
  - name: a
    constraints: [{ type: check, name: odd, expression: "idd % 2 = 1" }]
`,
  });
  const told = await engine.build();
  expect([told.exit, told.complaints]).toEqual([
    3,
    ['execute/sql-error: model.shop.a: odd: column "idd" does not exist (SQLSTATE 42703)'],
  ]);
  expect(placeOf(first(told.diagnostics).at)).toBe("models/a.yml:3:27: check");
});

test("independent branches end as they end: every failure is told", async () => {
  await using engine = await withEngine({
    "models/a.sql": "select 1 / 0 as a\n",
    "models/b.sql": "select 'x'::int as b\n",
    "models/c.sql": "select 1 as c\n",
  });
  const told = await engine.build();
  expect(told.exit).toBe(3);
  expect([...told.complaints].sort()).toEqual([
    "execute/sql-error: model.shop.a: division by zero (SQLSTATE 22012)",
    'execute/sql-error: model.shop.b: invalid input syntax for type integer: "x" (SQLSTATE 22P02)',
  ]);
  expect(
    told.result.nodes.get([...told.result.nodes.keys()].find((id) => id.endsWith(".c")) ?? expect.fail())?.status,
  ).toBe("success");
});

test("a node outside the run means live; where live has none, the parents are named before anything is built", async () => {
  await using engine = await withEngine({
    "models/a.sql": "select 1 as id\n",
    "models/b.sql": 'select id from {{ref "a"}}\n',
    "models/c.sql": 'select id from {{ref "b"}}\n',
    "models/models.yml": `models:
  - name: c
    constraints: [{ type: foreign_key, columns: [id], to: ref('a'), to_columns: [id] }]
    columns: [{ name: id, data_tests: [{ relationships: { arguments: { to: ref('a'), field: id } } }] }]
  - name: a
    constraints: [{ type: primary_key, columns: [id] }]
`,
  });
  const absent = await engine.build({ select: ["c"] });
  expect(absent.exit).toBe(2);
  expect(absent.complaints).toEqual([
    "plan/absent-relation: model.shop.a is read by test.shop.relationships_c_id__id__ref_a_, and shop.a is not there",
    "plan/absent-relation: model.shop.b is read by model.shop.c, and shop.b is not there",
  ]);
  expect(absent.diagnostics.map((d) => d.help)).toEqual([
    "build it first: galley build --select +a; or add a to what is selected",
    "build it first: galley build --select +b; or add b to what is selected",
  ]);
  expect(await engine.relations()).toEqual([]);
  const parents = await engine.build({ select: ["a", "b"] });
  expect([parents.exit, parents.complaints]).toEqual([
    0,
    ["plan/test-left-out: data test relationships_c_id__id__ref_a_ is not run: c was never built"],
  ]);
  const alone = await engine.build({ select: ["c"] });
  expect(alone.complaints).toEqual([]);
  expect(alone.exit).toBe(0);
  expect(await engine.database.query("select id from shop.c")).toEqual([{ id: 1 }]);
});

test("an absent source is named", async () => {
  await using engine = await withEngine({
    "models/sources.yml": "sources: [{ name: raw, tables: [{ name: orders }] }]\n",
    "models/a.sql": 'select * from {{source "raw" "orders"}}\n',
  });
  const told = await engine.build();
  expect([told.exit, told.complaints]).toEqual([
    2,
    ["plan/absent-relation: source.shop.raw.orders is read by model.shop.a, and raw.orders is not there"],
  ]);
});

test("pending migrations refuse a build on a server, and the command that applies them is named", async () => {
  await using engine = await withEngine({
    "migrations/1_raw.sql": "create schema raw;\n",
    "models/a.sql": "select 1 as id\n",
  });
  const told = await engine.build();
  expect([told.exit, told.diagnostics.map((d) => [d.code, d.help])]).toEqual([
    2,
    [["migrate/pending", "run: galley migrate --target server"]],
  ]);
  expect(await engine.relations()).toEqual([]);
});

test("a missing right is found before anything is built", async () => {
  await using engine = await withEngine({ "models/a.sql": "select 1 as id\n" });
  await engine.database.queryAsSuperuser(
    `alter database ${engine.database.name} owner to current_user; create schema galley authorization ${engine.database.owner}; create schema shop authorization ${engine.database.owner}`,
  );
  const told = await engine.build();
  expect(told.exit).toBe(2);
  expect(told.complaints).toEqual([
    `plan/missing-right: role ${engine.database.owner} cannot create schema shop__next`,
    `plan/missing-right: role ${engine.database.owner} cannot create schema shop__old`,
  ]);
  await engine.database.queryAsSuperuser(
    `create schema shop__next authorization ${engine.database.owner}; create schema shop__old authorization ${engine.database.owner}`,
  );
  expect((await engine.build()).exit).toBe(0);
  expect((await engine.build()).exit).toBe(0);
  expect(await engine.relations()).toEqual(["shop.a"]);
  expect(
    await engine.database.query("select count(*)::int as n from pg_namespace where nspname like 'shop\\_\\_%'"),
  ).toEqual([{ n: 2 }]);
});

test("no permission on what a model reads is an error at the model, with advice", async () => {
  await using engine = await withEngine({
    "models/sources.yml": "sources: [{ name: hidden, tables: [{ name: t }] }]\n",
    "models/a.sql": 'select * from {{source "hidden" "t"}}\n',
  });
  await engine.database.queryAsSuperuser("create schema hidden; create table hidden.t (a int)");
  const told = await engine.build();
  expect([told.exit, told.complaints]).toEqual([
    3,
    ["execute/sql-error: model.shop.a: permission denied for schema hidden (SQLSTATE 42501)"],
  ]);
  expect(first(told.diagnostics).help).toContain("galley debug");
});

test("a statement_timeout of the server is an error of the node, not a cancelled run", async () => {
  await using engine = await withEngine({ "models/a.sql": "select pg_sleep(100)::text as a\n" });
  await engine.build({ select: ["a"], signal: AbortSignal.abort() });
  await engine.database.queryAsSuperuser(`alter database ${engine.database.name} set statement_timeout = '300ms'`);
  const told = await engine.build();
  expect([told.exit, told.complaints]).toEqual([
    3,
    ["execute/sql-error: model.shop.a: canceling statement due to statement timeout (SQLSTATE 57014)"],
  ]);
});

test("a server that ends the run's sessions is a lost connection, exit 4; live is unchanged and the next run is well", async () => {
  await using engine = await withEngine({
    "models/a.sql": "select 1 as a\n",
    "models/b.sql": 'select a, {{var "rest"}} as b from {{ref "a"}}\n',
    "models/c.sql": 'select a from {{ref "b"}}\n',
    "project.yml": `name: shop
target: server
schema: shop
targets: { server: { type: postgres, url: "\${DATABASE_URL}" } }
vars: { rest: 100 }
models: { +materialized: table }
`,
  });
  await engine.project.write({ "models/b.sql": 'select a, pg_sleep(100)::text as b from {{ref "a"}}\n' });
  const { database } = engine;
  const running = engine.build();
  const sleeping = "query like '/* galley: model.shop.b */%' and state = 'active'";
  await until(async () => {
    const rows = await database.queryAsSuperuser(
      `select 1 from pg_stat_activity where datname = current_database() and (${sleeping} or query like '%galley: model.shop.b%' and pid <> pg_backend_pid() and state = 'active')`,
    );
    return rows.length > 0;
  });
  await database.queryAsSuperuser(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name like 'galley/%'",
  );
  const told = await running;
  expect(told.exit).toBe(4);
  expect(told.complaints.some((c) => c.startsWith("postgres/connection-lost"))).toBe(true);
  expect(told.result.publish).toBeUndefined();
  expect(told.events.at(-1)).toMatchObject({ kind: "run_finished", exitCode: 4 });
  await engine.project.write({ "models/b.sql": 'select a, 1 as b from {{ref "a"}}\n' });
  const again = await engine.build();
  expect([again.exit, again.complaints]).toEqual([0, []]);
  expect(await database.query("select state from galley.runs order by started_at")).toEqual([
    { state: expect.stringMatching(/abandoned|failed/) },
    { state: "succeeded" },
  ]);
});

test("a server that is not there is exit 4", async () => {
  await using engine = await withEngine({ "models/a.sql": "select 1 as a\n" });
  const told = await engine.build({ env: { DATABASE_URL: "postgresql://x@127.0.0.1:1/x" } });
  expect([told.exit, first(told.diagnostics).code]).toEqual([4, "postgres/cannot-connect"]);
});
