import { describe, expect, test } from "vitest";
import { nodeId } from "../../../src/domain/names.ts";
import type { PublishedRelation } from "../../../src/domain/publish-plan.ts";
import { wholeFile } from "../../../src/domain/source.ts";
import { sql, textOf } from "../../../src/domain/sql.ts";
import { carryOver } from "../../../src/stages/execute/publish/carry/carry-over.ts";
import type { CarriedFacts } from "../../../src/stages/execute/publish/carry/facts.ts";
import {
  lockHolders,
  lockTables,
  moveNew,
  parkOld,
  takenNames,
} from "../../../src/stages/execute/publish/publish-sql.ts";
import {
  finishRun,
  insertNode,
  insertRun,
  insertTestResults,
  markBuilt,
  markPublished,
  measureNodes,
  recordRelations,
} from "../../../src/stages/execute/records.ts";

const published = (
  name: string,
  oldKind: PublishedRelation["oldKind"],
  newKind: PublishedRelation["newKind"] = "table",
  grants?: PublishedRelation["grants"],
): PublishedRelation => ({
  node: nodeId(`model.shop.${name}`),
  name: { schema: "shop", name },
  newKind,
  materialized: newKind.replace(" ", "_"),
  oldKind,
  grants,
  objects: { indexes: ["a_idx"], constraints: [], not_null: [], settings: [] },
  fingerprint: "f00",
  hasHooks: false,
});

describe("the statements of publish", () => {
  test("lock all old tables in one statement, and no view", () => {
    const locked = lockTables(
      [published("a", "table"), published("v", "view"), published("m", "materialized view"), published("b", "table")],
      [{ schema: "others", name: "c" }],
      sql`access exclusive`,
    );
    expect(locked && textOf(locked)).toBe('lock table "shop"."a", "shop"."b", "others"."c" in access exclusive mode');
    expect(lockTables([published("v", "view"), published("n", undefined)], [], sql`access exclusive`)).toBeUndefined();
  });

  test("park what stood and move in what was built, each as what it is", () => {
    const both = (p: PublishedRelation) => [...parkOld(p), moveNew(p)].map(textOf);
    expect(both(published("a", "table"))).toEqual([
      'alter table "shop"."a" set schema "shop__old"',
      'alter table "shop__next"."a" set schema "shop"',
    ]);
    expect(both(published("a", "materialized view", "view"))).toEqual([
      'alter materialized view "shop"."a" set schema "shop__old"',
      'alter view "shop__next"."a" set schema "shop"',
    ]);
    expect(both(published('say "hi"', undefined))).toEqual(['alter table "shop__next"."say ""hi""" set schema "shop"']);
  });

  test("ask about each schema once, and about holders of what is replaced only", () => {
    const asked = textOf(takenNames([published("a", "table"), published("b", undefined)], []));
    expect(asked.match(/array\['a'\]::name\[\]/g)).toHaveLength(1);
    expect(asked).not.toContain("'b'");
    expect(textOf(lockHolders([published("a", "table"), published("b", undefined)]))).toContain(
      "(n.nspname, c.relname) in (values ('shop', 'a'))",
    );
  });
});

type Facts = NonNullable<ReturnType<CarriedFacts["relations"]["get"]>>;
const facts = (more: Partial<Facts> = {}): Facts => ({
  owner: "etl",
  grants: undefined,
  columnGrants: [],
  comments: [],
  columns: ["id", "name"],
  ...more,
});
const carried = (
  old: Facts | undefined,
  made: Facts,
  defaults: CarriedFacts["defaults"] = new Map(),
): CarriedFacts => ({
  role: "etl",
  relations: new Map([["shop__next.a", made], ...(old === undefined ? [] : ([["shop.a", old]] as const))]),
  defaults,
});
const grant = (privilege: string, grantee: string | null, more: { column?: string; isGrantable?: boolean } = {}) => ({
  privilege,
  grantee,
  isGrantable: more.isGrantable ?? false,
  column: more.column ?? null,
});
const lines = (p: PublishedRelation, f: CarriedFacts) => carryOver(p, f, []).map(textOf);

describe("what is carried over", () => {
  test("nothing, where nothing was ever granted, owned by others or said", () => {
    expect(lines(published("a", "table"), carried(facts(), facts()))).toEqual([]);
  });

  test("the owner first, then exactly the grants that stood, then comments of columns that are still there", () => {
    const old = facts({
      owner: "ana",
      grants: [
        grant("SELECT", "ana", { isGrantable: true }),
        grant("SELECT", null),
        grant("UPDATE", "writer", { isGrantable: true }),
      ],
      columnGrants: [grant("SELECT", "reader", { column: "id" }), grant("SELECT", "reader", { column: "gone" })],
      comments: [
        { column: null, text: "it's" },
        { column: "name", text: "a \\ b" },
        { column: "gone", text: "x" },
      ],
    });
    expect(
      lines(published("a", "table"), carried(old, facts({ grants: [grant("SELECT", "default_reader")] }))),
    ).toEqual([
      'alter table "shop"."a" owner to "ana"',
      'revoke all on "shop"."a" from "ana"',
      'revoke all on "shop"."a" from "default_reader"',
      'grant SELECT on "shop"."a" to "ana"',
      'grant SELECT on "shop"."a" to public',
      'grant UPDATE on "shop"."a" to "writer" with grant option',
      'grant SELECT ("id") on "shop"."a" to "reader"',
      "comment on table \"shop\".\"a\" is 'it''s'",
      'comment on column "shop"."a"."name" is  E\'a \\\\ b\'',
    ]);
  });

  test("default privileges that the new one got make way for the owner's own", () => {
    expect(
      lines(published("a", "view", "view"), carried(facts(), facts({ grants: [grant("SELECT", "everybody")] }))),
    ).toEqual([
      'revoke all on "shop"."a" from "etl"',
      'revoke all on "shop"."a" from "everybody"',
      'grant ALL on "shop"."a" to "etl"',
    ]);
  });

  test("declared grants in place of all that stood; a new relation gets its schema's defaults", () => {
    const defaults = new Map([["shop", [grant("SELECT", "reader")]]]);
    const old = facts({ grants: [grant("SELECT", "somebody")] });
    const declared = new Map([
      ["select", ["Public", "bi"].map((value) => ({ value, span: wholeFile({ path: "a.yml", text: "" }) }))],
    ]);
    expect(lines(published("a", "table", "table", declared), carried(old, facts(), defaults))).toEqual([
      'grant SELECT on "shop"."a" to "reader"',
      'grant select on "shop"."a" to public',
      'grant select on "shop"."a" to "bi"',
    ]);
    expect(lines(published("a", undefined), carried(undefined, facts(), defaults))).toEqual([
      'grant SELECT on "shop"."a" to "reader"',
    ]);
    expect(lines(published("a", "table", "table", new Map()), carried(old, facts()))).toEqual([]);
  });

  test("a privilege that is no word of the server's is a bug", () => {
    expect(() => lines(published("a", "table"), carried(facts({ grants: [grant("x; drop", "y")] }), facts()))).toThrow(
      "not a privilege",
    );
  });
});

describe("what a run writes about itself", () => {
  const run = { bookkeeping: "galley", runId: "0f8fad5b-d9cb-469f-a165-70867728950e" };
  const id = "'0f8fad5b-d9cb-469f-a165-70867728950e'::uuid";

  test("its own row, from start to end", () => {
    const args = { select: ["a'b"], exclude: [], writes: ["shop"] };
    const row = {
      projectName: "shop",
      target: "server",
      command: "build",
      args,
      gitSha: undefined,
      version: "1.2.3",
    };
    expect(textOf(insertRun(run, row))).toBe(
      `insert into "galley".runs (run_id, project, target, command, args, git_sha, galley_version, state) values (${id}, 'shop', 'server', 'build', '{"select":["a''b"],"exclude":[],"writes":["shop"]}'::jsonb, NULL, '1.2.3', 'running')`,
    );
    expect(textOf(markPublished(run))).toBe(
      `update "galley".runs set state = 'published', published_at = clock_timestamp() where run_id = ${id}`,
    );
    expect(textOf(finishRun(run, "failed"))).toBe(
      `update "galley".runs set state = 'failed', finished_at = clock_timestamp() where run_id = ${id}`,
    );
  });

  test("a node: with its data, and when it is whole", () => {
    const workspace = { schema: "shop__next", name: "a" };
    const task = { node: nodeId("model.shop.a"), fingerprint: "f00", inputs: "i00", workspace };
    expect(textOf(insertNode(run, task, "data"))).toBe(
      `insert into "galley".nodes (run_id, node_id, fingerprint, inputs, relation, status) values (${id}, 'model.shop.a', 'f00', 'i00', to_regclass('"shop__next"."a"')::oid, 'data')`,
    );
    expect(textOf(markBuilt(run, nodeId("model.shop.a")))).toBe(
      `update "galley".nodes set status = 'built', built_at = clock_timestamp() where run_id = ${id} and node_id = 'model.shop.a'`,
    );
    expect(textOf(measureNodes(run, [{ node: nodeId("model.shop.a"), rows: undefined, ms: 12.7 }]))).toBe(
      `update "galley".nodes n set rows = v.rows, ms = v.ms from (values ('model.shop.a', NULL::bigint, 13)) as v (node_id, rows, ms) where n.run_id = ${id} and n.node_id = v.node_id`,
    );
  });

  test("what is live now, and what tests found", () => {
    expect(textOf(recordRelations(run, [published("a", "table")]))).toBe(
      `insert into "galley".relations (schema, name, node_id, kind, fingerprint, run_id, objects) values ('shop', 'a', 'model.shop.a', 'table', 'f00', ${id}, '{"indexes":["a_idx"],"constraints":[],"not_null":[],"settings":[]}'::jsonb)\non conflict (schema, name) do update set node_id = excluded.node_id, kind = excluded.kind, fingerprint = excluded.fingerprint, run_id = excluded.run_id, objects = excluded.objects`,
    );
    const record = {
      test: nodeId("test.shop.t"),
      status: "fail",
      failures: 2,
      rows: undefined,
      decidedBy: "scan",
      ms: 1.2,
      proof: undefined,
      stored: undefined,
    };
    expect(textOf(insertTestResults(run, [record]))).toContain(
      `select ${id}, r.* from unnest('{"test.shop.t"}'::text[], '{"fail"}'::text[], '{"2"}'::text[]::bigint[], '{NULL}'::text[]::bigint[], '{"scan"}'::text[], '{"1"}'::text[]::bigint[], '{NULL}'::text[]) as r on conflict`,
    );
  });
});
