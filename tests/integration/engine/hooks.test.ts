/** Hooks and settings of nodes, and the hooks of a run: when they run, what they see, and what a failing one stops. */
import { expect, test } from "vitest";
import type { Span } from "../../../src/domain/source.ts";
import { withEngine } from "../../support/engine.ts";

const placeOf = (at: Span | undefined): string | undefined => {
  if (at === undefined) return undefined;
  const before = at.file.text.slice(0, at.start).split("\n");
  return `${at.file.path}:${before.length}:${(before.at(-1) ?? "").length + 1}: ${at.file.text.slice(at.start, at.end)}`;
};

const AUDIT = `on-run-start:
  - create schema if not exists audit
  - "create table if not exists audit.log (n int generated always as identity, what text)"
`;

test("hooks of all layers run around the data, before constraints, each seeing what stands then", async () => {
  await using engine = await withEngine(
    {
      "models/m/a.sql": `{{config post_hook="insert into audit.log (what) select 'header ' || count(*) from {{this}}"}}
select x as id from audit_input
`.replace("audit_input", "generate_series(1, 2) x"),
      "models/m/a.yml": `models:
  - name: a
    constraints: [{ type: primary_key, columns: [id] }]
    config:
      indexes: [{ name: a_i, columns: [id] }]
      pre-hook:
        - create temp table seen as select 1
        - sql: insert into audit.log (what) values ('outside, before')
          transaction: false
      post_hook:
        - |
          insert into {{this}} values (3);
          insert into audit.log (what)
            select 'indexes in the transaction ' || count(*) from pg_index where indrelid = '{{this}}'::regclass
        - { sql: "vacuum {{this}}", transaction: false }
        - sql: insert into audit.log (what) select 'indexes at the end ' || count(*) from pg_index where indrelid = '{{this}}'::regclass
          transaction: false
`,
      "models/b.sql": 'select count(*) as n from {{ref "a"}}\n',
    },
    { project: `${AUDIT}\nseeds: {}` },
  );
  await engine.project.write({
    "project.yml": (await engine.project.read("project.yml")).replace(
      "models: { +materialized: table }",
      `models:
  +materialized: table
  m:
    +pre_hook: insert into audit.log (what) select 'folder, ' || coalesce(to_regclass('{{this}}')::text, 'not there')`,
    ),
  });
  const told = await engine.build();
  expect(told.complaints).toEqual([]);
  expect(told.exit).toBe(0);
  const log = await engine.database.query("select what from audit.log order by n");
  expect(log.map((row) => row["what"])).toEqual([
    "outside, before",
    "folder, not there",
    "indexes in the transaction 0",
    "header 3",
    "indexes at the end 2",
  ]);
  expect(await engine.database.query("select n::int from shop.b")).toEqual([{ n: 3 }]);
});

test("a failing hook fails its node at its own line, and what it had done is undone", async () => {
  await using engine = await withEngine(
    {
      "models/a.sql": "select 1 as id\n",
      "models/a.yml": `models:
  - name: a
    config:
      post_hook: |
        insert into audit.log (what) values ('never');
        insert into {{this}}
          values (1, lost)
`,
      "models/b.sql": 'select * from {{ref "a"}}\n',
    },
    { project: `${AUDIT}on-run-end: insert into audit.log (what) values ({{run_outcome}})` },
  );
  const told = await engine.build();
  expect([told.exit, told.complaints]).toEqual([
    3,
    ['execute/hook-failed: a hook of model.shop.a: column "lost" does not exist (SQLSTATE 42703)'],
  ]);
  expect(placeOf(told.diagnostics[0]?.at)).toBe("models/a.yml:7:22: lost");
  expect([...told.result.nodes.values()].map((n) => n.status)).toEqual(["error", "skipped"]);
  expect(await engine.database.query("select what from audit.log")).toEqual([{ what: "failed" }]);
  expect(await engine.relations()).toEqual(["audit.log", "audit.log_n_seq"]);
});

test("a hook that reads a node waits for it, and another's session knows nothing of what a hook has set", async () => {
  await using engine = await withEngine(
    {
      "models/a.sql": `{{config pre_hook="set work_mem = '3MB'" post_hook="insert into {{this}} select w from {{ref 'z'}}"}}
select current_setting('work_mem') as w
`,
      "models/z.sql": "select current_setting('work_mem') as w\n",
      "models/y.sql": "select current_setting('work_mem') as w from {{ref \"a\"}}\n",
    },
    {},
  );
  const told = await engine.build();
  expect(told.complaints).toEqual([]);
  const order = told.events.flatMap((e) => (e.kind === "node_finished" ? [e.node] : []));
  expect(order).toEqual(["model.shop.z", "model.shop.a", "model.shop.y"]);
  const [z] = await engine.database.query("select w from shop.z");
  expect(await engine.database.query("select w from shop.a")).toEqual([{ w: "3MB" }, z]);
  expect(await engine.database.query("select distinct w from shop.y")).toEqual([z]);
});

test("a grant of a hook holds on live from the first build on, and after the next", async () => {
  await using engine = await withEngine({
    "models/a.sql": "select 1 as id\n",
    "models/a.yml": "models:\n  - { name: a, config: { post_hook: 'grant select on {{this}} to public' } }\n",
  });
  for (const _ of [1, 2]) {
    expect((await engine.build()).exit).toBe(0);
    expect(
      await engine.database.query(
        "select relacl::text like '%{=r/%' or relacl::text like '%,=r/%' as granted from pg_class where oid = 'shop.a'::regclass",
      ),
    ).toEqual([{ granted: true }]);
  }
});

test("a grant of a hook that is added later is made too", async () => {
  await using engine = await withEngine({ "models/a.sql": "select 1 as id\n" });
  expect((await engine.build()).exit).toBe(0);
  await engine.database.query("revoke truncate on shop.a from current_user");
  await engine.project.write({
    "models/a.yml": "models:\n  - { name: a, config: { post_hook: 'grant select on {{this}} to public' } }\n",
  });
  expect((await engine.build()).exit).toBe(0);
  const acl = await engine.database.query(
    "select coalesce(grantee::regrole::text, 'public') as who from pg_class, aclexplode(relacl) where oid = 'shop.a'::regclass and privilege_type = 'SELECT' order by 1",
  );
  expect(acl.map((row) => row["who"])).toContain("-");
});

test("settings hold for the node's transactions alone", async () => {
  await using engine = await withEngine(
    {
      "models/a.sql": "select current_setting('work_mem') as w, current_setting('my.own') as own\n",
      "models/a.yml": `models:
  - name: a
    config: { settings: { work_mem: 5MB, my.own: "it's" } }
    constraints: [{ type: check, name: mem, expression: "current_setting('work_mem') = '5MB'" }]
`,
      "models/b.sql": "select current_setting('work_mem') as w from {{ref \"a\"}}\n",
      "seeds/s.csv": "id\n1\n",
    },
    { project: "seeds: { +settings: { maintenance_work_mem: 7MB } }" },
  );
  const told = await engine.build();
  expect(told.complaints).toEqual([]);
  expect(await engine.database.query("select w, own from shop.a")).toEqual([{ w: "5MB", own: "it's" }]);
  expect(await engine.database.query("select w <> '5MB' as own from shop.b")).toEqual([{ own: true }]);
});

test("a query over its statement_timeout is a failed node that names the setting", async () => {
  await using engine = await withEngine({
    "models/a.sql": "select 1 as id from pg_sleep(60)\n",
    "models/b.sql": "select 1 as id\n",
    "models/m.yml": `models:
  - name: a
    config: { settings: { statement_timeout: 50ms } }
  - name: b
    config: { settings: { work_mem: much } }
`,
  });
  const told = await engine.build();
  expect(told.exit).toBe(3);
  expect([...told.complaints].sort()).toEqual([
    "execute/sql-error: model.shop.a: canceling statement due to statement timeout (SQLSTATE 57014)",
    'execute/sql-error: model.shop.b: invalid value for parameter "work_mem": "much" (SQLSTATE 22023)',
  ]);
  const byPlace = told.diagnostics.map((d) => [placeOf(d.at), d.help?.includes("statement_timeout")]).sort();
  expect(byPlace[0]).toEqual(["models/m.yml:3:46: 50ms", true]);
  expect(byPlace[1]?.[0]).toBe("models/m.yml:5:37: much");
});

test("a failing on-run-start builds nothing; a failing on-run-end undoes nothing", async () => {
  await using engine = await withEngine(
    { "models/a.sql": "select 1 as id\n" },
    { project: `on-run-start: "select 1 / (select count(*) from pg_class where relname = 'open_sesame')"` },
  );
  const refused = await engine.build();
  expect([refused.exit, refused.complaints]).toEqual([
    3,
    ["execute/hook-failed: a hook of the run: division by zero (SQLSTATE 22012)"],
  ]);
  expect(placeOf(refused.diagnostics[0]?.at)).toContain("project.yml:7:16: select 1 /");
  expect(await engine.relations()).toEqual([]);
  const text = await engine.project.read("project.yml");
  await engine.project.write({ "project.yml": text.replace("on-run-start", "on-run-end") });
  const published = await engine.build();
  expect([published.exit, published.complaints]).toEqual([3, refused.complaints]);
  expect(await engine.relations()).toEqual(["shop.a"]);
  const [run] = await engine.database.query(
    "select state, published_at is not null as published from galley.runs order by started_at desc",
  );
  expect(run).toEqual({ state: "succeeded", published: true });
});

test("plan runs no hook", async () => {
  await using engine = await withEngine({ "models/a.sql": "select 1 as id\n" }, { project: AUDIT });
  expect((await engine.plan()).exit).toBe(0);
  expect(await engine.relations()).toEqual([]);
});

test("a hook that would change the view on new rows is told what stands there", async () => {
  const model = (hook: string) => ({
    "models/a.sql": "select 1 as id\n",
    "models/a.yml": `models: [{ name: a, config: { materialized: incremental, unique_key: id, post_hook: "${hook}" } }]`,
  });
  await using engine = await withEngine(model("create index if not exists a_by_hand on {{this}} (id)"));
  expect((await engine.build()).complaints).toEqual([]);
  for (const hook of ["create index if not exists a_by_hand on {{this}} (id)", "delete from {{this}} where id > 7"]) {
    await engine.project.write(model(hook));
    const told = await engine.build();
    expect(told.exit).toBe(3);
    expect(told.diagnostics).toMatchObject([
      { code: "execute/hook-failed", help: expect.stringContaining("declare `indexes`") },
    ]);
  }
});
