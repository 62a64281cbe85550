import { expect, test } from "vitest";
import { withEngine } from "../support/engine.ts";
import { forEachServer } from "../support/servers.ts";

/** As the first version made it; a row of each kind that is read again. */
const FIRST_VERSION = `
create schema galley;
create table galley.meta (schema_version int not null);
insert into galley.meta values (1);
create table galley.runs (
  run_id uuid primary key, project text not null, target text not null, command text not null, args jsonb not null,
  git_sha text, galley_version text not null, state text not null,
  started_at timestamptz not null default now(), finished_at timestamptz, published_at timestamptz);
create table galley.nodes (
  run_id uuid not null references galley.runs on delete cascade, node_id text not null, fingerprint text not null,
  status text not null, rows bigint, ms bigint, built_at timestamptz not null default clock_timestamp(),
  primary key (run_id, node_id));
create table galley.relations (
  schema text not null, name text not null, node_id text not null, kind text not null, fingerprint text not null,
  run_id uuid not null, primary key (schema, name));
create table galley.test_results (
  run_id uuid not null references galley.runs on delete cascade, test_id text not null, status text not null,
  failures bigint, rows bigint, decided_by text, ms bigint, primary key (run_id, test_id));
create table galley.test_failures (
  run_id uuid not null references galley.runs on delete cascade, test_id text not null, n int not null,
  key jsonb, row jsonb, primary key (run_id, test_id, n));
create table galley.quarantine (
  run_id uuid not null, mapping text not null, file text not null, line bigint, reason text not null, raw text,
  at timestamptz not null default clock_timestamp());
create index quarantine_mapping_at_idx on galley.quarantine (mapping, at);
create schema shop;
create table shop.a as select 0 as id;
insert into galley.relations values ('shop', 'a', 'model.shop.a', 'table', 'x', '00000000-0000-4000-8000-000000000001')`;

const COLUMNS = `select table_name || '.' || column_name || ' ' || data_type as it from information_schema.columns
  where table_schema = 'galley' order by 1`;

forEachServer((server) => {
  test("a schema of the first version is raised by the first run, and keeps its rows", async () => {
    await using fresh = await withEngine({ "models/b.sql": "select 1 as id\n" }, { server });
    expect((await fresh.build()).exit).toBe(0);
    await using engine = await withEngine({ "models/a.sql": "select 1 as id\n" }, { server });
    const { database } = engine;
    await database.query(FIRST_VERSION);
    // A look at it changes nothing.
    const planned = await engine.plan();
    expect([planned.exit, planned.complaints]).toEqual([0, []]);
    expect(await database.query("select schema_version from galley.meta")).toEqual([{ schema_version: 1 }]);
    const told = await engine.build();
    expect([told.exit, told.complaints]).toEqual([0, []]);
    expect(await database.query("select schema_version from galley.meta")).toEqual(
      await fresh.database.query("select schema_version from galley.meta"),
    );
    expect(await database.query(COLUMNS)).toEqual(await fresh.database.query(COLUMNS));
    expect(await database.query("select name, node_id from galley.relations")).toEqual([
      { name: "a", node_id: "model.shop.a" },
    ]);
    expect(await database.query("select id from shop.a")).toEqual([{ id: 1 }]);
  });

  test("two first runs at once raise it once", async () => {
    await using engine = await withEngine(
      { "models/a.sql": "select 1 as id\n", "models/b.sql": '{{config schema="other"}}\nselect 2 as id\n' },
      { server },
    );
    await engine.database.query(FIRST_VERSION);
    const both = await Promise.all([engine.build({ select: ["a"] }), engine.build({ select: ["b"] })]);
    expect(both.map((told) => [told.exit, told.complaints])).toEqual([
      [0, []],
      [0, []],
    ]);
    expect(
      await engine.database.query("select count(*)::int as n, max(schema_version) > 1 as raised from galley.meta"),
    ).toEqual([{ n: 1, raised: true }]);
  });
});
