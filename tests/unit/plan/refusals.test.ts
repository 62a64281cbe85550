import { describe, expect, test } from "vitest";
import type { Dependent } from "../../../src/domain/catalog.ts";
import type { Outcome } from "../../../src/domain/diagnostic.ts";
import type { Plan } from "../../../src/domain/plan.ts";
import { hanging, type Live, nameOf, planned, planOf, said } from "../../support/planned.ts";

const files = {
  "models/a.sql": "select 1 as id\n",
  "models/b.sql": 'select id from {{ref "a"}}\n',
};

const refused = (outcome: Outcome<Plan>) => (outcome.ok ? [] : outcome.diagnostics.map((d) => [d.message, d.help]));
const withLive = (live: Live, select: readonly string[] = []) => planned(files, { live, select });

describe("what somebody else made", () => {
  test.each(["table", "view", "sequence", "composite type", "foreign table", "partitioned table", "index"] as const)(
    "a %s is never replaced",
    async (kind) => {
      const outcome = await withLive({ relations: { "shop.a": { kind, recordedFor: undefined } } });
      expect(refused(outcome)).toEqual([
        [
          `the ${kind} shop.a was not made by Galley and is never replaced`,
          `rename or drop it yourself, or give a another schema or alias${["table", "view", "partitioned table"].includes(kind) ? "; --adopt makes it Galley's, and replaces it" : ""}`,
        ],
      ]);
    },
  );

  test("but under --adopt what Galley makes itself is, by a role that may hand it to its owner", async () => {
    const adopting = (live: Live) => planned(files, { live, foreign: "adopted", select: ["a"] });
    for (const kind of ["table", "view", "materialized view"] as const) {
      const outcome = await adopting({ relations: { "shop.a": { kind, recordedFor: undefined } } });
      expect(planOf(outcome).publish.relations.map((r) => r.oldKind)).toEqual([kind]);
    }
    expect(refused(await adopting({ relations: { "shop.a": { kind: "sequence", recordedFor: undefined } } }))).toEqual([
      ["the sequence shop.a was not made by Galley and is never replaced", expect.not.stringContaining("--adopt")],
    ]);
    const anas = { "shop.a": { recordedFor: undefined, owner: "ana", isOwnerReachable: false } } as const;
    expect(refused(await adopting({ relations: anas })).map(([message]) => message)).toEqual(["shop.a belongs to ana"]);
  });

  test("nor a relation of another project, and what hangs on it is no news", async () => {
    const outcome = await withLive({
      relations: { "shop.a": { recordedFor: "model.depot.a" } },
      dependents: [hanging({ on: nameOf("shop.a"), kind: "view", name: "x.v", relation: nameOf("x.v") })],
    });
    expect(refused(outcome).map(([message]) => message)).toEqual([
      "the table shop.a belongs to model.depot.a and is never replaced",
    ]);
  });

  test("nor what is recorded as ours and is now something that Galley never makes", async () => {
    const outcome = await withLive({ relations: { "shop.a": "foreign table" } });
    expect(refused(outcome)).toHaveLength(1);
  });
});

describe("what hangs on a replaced relation", () => {
  const relations = { "shop.a": "table", "shop.b": "table" } as const;
  const on = (kind: Dependent["kind"], name: string, relation: string | undefined): Dependent =>
    hanging({
      on: nameOf("shop.a"),
      kind,
      name,
      relation: relation === undefined ? undefined : nameOf(relation),
    });

  const [whole, alone] = [
    "drop it before and make it again after the run, or leave the model out: --exclude a",
    "give that column a sequence of its own, or leave the model out: --exclude a",
  ];
  test("and cannot go over to the new one is named, and so is the selection that leaves it alone", async () => {
    const outcome = await withLive({
      relations,
      dependents: [on("object", "cast of a", undefined), on("default", "others.t", "others.t")],
    });
    expect(refused(outcome)).toEqual([
      ["object cast of a hangs on shop.a, which this run would replace", whole],
      ["default others.t hangs on shop.a, which this run would replace", alone],
    ]);
  });

  test("is part of a temporary view: the session that made it must end", async () => {
    const outcome = await withLive({ relations, dependents: [on("view", "pg_temp_3.v", "pg_temp_3.v")] });
    expect(refused(outcome)).toEqual([
      [
        "view pg_temp_3.v hangs on shop.a, which this run would replace",
        "end the session whose temporary view it is, or leave the model out: --exclude a",
      ],
    ]);
  });

  test("goes over to the new one, which the plan says of each", async () => {
    const outcome = await withLive({
      relations,
      dependents: [
        on("view", "others.v", "others.v"),
        on("policy", "p on others.t", "others.t"),
        on("function", "others.f()", undefined),
        on("materialized view", "others.mv", "others.mv"),
        { ...on("statistics object", "others.st", undefined), on: nameOf("others.mv") },
        { ...on("view", "others.w", "others.w"), on: nameOf("others.mv") },
        // Of something that is not replaced.
        { ...on("view", "others.x", "others.x"), on: nameOf("others.other") },
      ],
    });
    expect(planOf(outcome).publish.carried.map((c) => `${c.kind} ${c.name} on ${c.on.name}: ${c.how}`)).toEqual([
      "view others.v on a: re-pointed",
      "policy p on others.t on a: re-pointed",
      "function others.f() on a: re-pointed",
      "materialized view others.mv on a: built anew beside it, takes its place",
      "statistics object others.st on mv: made again",
      "view others.w on mv: re-pointed",
    ]);
  });

  test("goes over by its owner's right, in a schema that can be written", async () => {
    const right = { owner: "ana", isOwnerReachable: false, schema: "others", canCreate: true };
    const outcome = await withLive({
      relations,
      dependents: [
        { ...on("view", "others.v", "others.v"), right },
        { ...on("view", "others.w", "others.w"), right: { ...right, isOwnerReachable: true, canCreate: false } },
        { ...on("rule", "r on others.t", "others.t"), right: { ...right, isOwnerReachable: true, canCreate: false } },
      ],
    });
    expect(refused(outcome)).toEqual([
      [
        "view others.v, which hangs on shop.a, belongs to ana",
        "grant ana to etl: only its owner can point it at the new relation",
      ],
      [
        "view others.w, which hangs on shop.a, cannot be replaced: role etl cannot create in schema others",
        "grant create, usage on schema others to etl",
      ],
    ]);
  });

  test("a foreign key needs a unique constraint to refer to", async () => {
    const key = { ...on("foreign key", "k on others.c", "others.c"), columns: ["id", "name"] };
    expect(refused(await withLive({ relations, dependents: [key] }))).toEqual([
      [
        "foreign key k on others.c refers to shop.a (id, name), and a declares no unique constraint on (id, name)",
        "declare a primary_key or unique constraint on (id, name) in the properties of a, or drop the foreign key",
      ],
    ]);
    const yml = "models: [{ name: a, constraints: [{ type: unique, columns: [name, id] }] }]\n";
    const declared = { ...files, "models/a.sql": "select 1 as id, 'x' as name\n", "models/a.yml": yml };
    const well = planOf(await planned(declared, { live: { relations, dependents: [key] } }));
    expect(well.publish.carried.map((c) => c.how)).toEqual(["a validated twin takes its place"]);
    const view = { ...files, "models/a.sql": '{{config materialized="view"}}\nselect 1 as id\n' };
    expect(refused(await planned(view, { live: { relations, dependents: [key] } }))).toEqual([
      [
        "foreign key k on others.c refers to shop.a (id, name), and a is to be no table",
        "make a a table, or drop the foreign key",
      ],
    ]);
  });

  test("is no matter where it is replaced itself, was left by an earlier run, or hangs on something else", async () => {
    const outcome = await withLive({
      relations,
      dependents: [
        on("view", "shop.b", "shop.b"),
        on("view", "shop__next.b", "shop__next.b"),
        on("foreign key", "k on shop__old.b", "shop__old.b"),
        { ...on("function", "others.f()", undefined), on: nameOf("shop.z") },
      ],
    });
    expect(refused(outcome)).toEqual([]);
  });
});

describe("what a run reads on live", () => {
  test("must be there: the parents are named", async () => {
    expect(refused(await withLive({}, ["b"]))).toEqual([
      [
        "model.shop.a is read by model.shop.b, and shop.a is not there",
        "build it first: galley build --select +a; or add a to what is selected",
      ],
    ]);
    expect(planOf(await withLive({ relations: { "shop.a": "view" } }, ["b"])).reads).toEqual(["shop"]);
  });

  const source = {
    "models/sources.yml": "sources: [{ name: raw, tables: [{ name: t }] }]\n",
    "models/c.sql": 'select * from {{source "raw" "t"}}\n',
  };
  test("a source too, but where a pending migration may make it", async () => {
    expect(refused(await planned(source))).toEqual([
      [
        "source.shop.raw.t is read by model.shop.c, and raw.t is not there",
        "run the migration that makes it, or correct the source's schema and name",
      ],
    ]);
    expect(refused(await planned(source, { absentSources: "expected" }))).toEqual([]);
  });

  const tested = {
    ...files,
    "models/b.yml":
      "models: [{ name: b, columns: [{ name: id, data_tests: [{ relationships: { arguments: { to: ref('a'), field: id } } }] }] }]\n",
    "models/b.sql": "select 1 as id\n",
  };
  test("what a data test reads as well", async () => {
    expect(refused(await planned(tested, { select: ["b"] })).map(([message]) => message)).toEqual([
      "model.shop.a is read by test.shop.relationships_b_id__id__ref_a_, and shop.a is not there",
    ]);
  });

  test("but a test that only came along, of a node that was never built, is left out with a warning", async () => {
    const outcome = await planned(tested, { select: ["a"] });
    expect(outcome.ok && said(outcome.warnings)).toEqual([
      "plan/test-left-out: data test relationships_b_id__id__ref_a_ is not run: b was never built",
    ]);
    expect([...planOf(outcome).tasks.keys()]).toEqual(["model.shop.a"]);
  });
});

describe("names that are taken", () => {
  const keyed = {
    ...files,
    "models/a.yml":
      "models: [{ name: a, config: { indexes: [{ columns: [id], name: by_id }] }, constraints: [{ type: primary_key, columns: [id] }] }]\n",
  };
  const standing = (kind: "index" | "type", name: string, on?: string) => ({
    schema: "shop",
    name,
    kind,
    on: on === undefined ? undefined : nameOf(on),
  });

  test("by what stays", async () => {
    const named = [
      standing("index", "by_id", "shop.other"),
      standing("index", "a_pkey", "shop.other"),
      standing("type", "b"),
      standing("type", "_a"),
    ];
    expect(refused(await planned(keyed, { live: { named } })).map(([message]) => message)).toEqual(
      ["type shop._a", "index shop.by_id of shop.other", "index shop.a_pkey of shop.other", "type shop.b"].map(
        (what) => `the ${what} already stands on live and does not belong to what is replaced`,
      ),
    );
  });

  test("but not by what leaves, nor where names are of another kind or schema", async () => {
    const named = [
      standing("index", "by_id", "shop.b"),
      standing("type", "a", "shop.a"),
      standing("type", "_a", "shop.a"),
      standing("type", "by_id"),
      { ...standing("type", "a"), schema: "other" },
    ];
    expect(refused(await planned(keyed, { live: { named, relations: { "shop.a": {}, "shop.b": {} } } }))).toEqual([]);
  });
});

describe("grants", () => {
  const granting = (grants: string, live: Live) =>
    planned({ ...files, "models/a.yml": `models: [{ name: a, config: { grants: ${grants} } }]\n` }, { live });

  test("to roles that are there, and to everybody", async () => {
    expect(refused(await granting("{ select: [etl, PUBLIC, Ana], insert: ana }", { roles: ["ana", "Ana"] }))).toEqual(
      [],
    );
    expect(refused(await granting("{ select: [reader, Etl, nobody] }", { roles: ["readers"] }))).toEqual([
      ["there is no role `reader` on the server", "did you mean `readers`?"],
      ["there is no role `Etl` on the server", "did you mean `etl`?"],
      ["there is no role `nobody` on the server", "create it once by hand, or correct the name"],
    ]);
  });

  test("that the server is too old for", async () => {
    const grants = "{ maintain: [etl] }";
    expect(refused(await granting(grants, { serverVersion: 170_000 }))).toEqual([]);
    expect(refused(await granting(grants, { serverVersion: 160_009 })).map(([message]) => message)).toEqual([
      "the privilege `maintain` is PostgreSQL's from 17 on",
    ]);
  });
});

describe("rights", () => {
  test("to create schemas, or the schemas made beforehand", async () => {
    expect(refused(await withLive({ canCreateSchemas: false }))).toEqual(
      ["shop", "shop__next", "shop__old"].map((schema) => [
        `role etl cannot create schema ${schema}`,
        `grant create on database dw to etl, or: create schema ${schema} authorization etl`,
      ]),
    );
    const made = { owner: "admin", canCreate: true };
    const all = new Map(["shop", "shop__next", "shop__old"].map((name) => [name, made]));
    expect(refused(await withLive({ canCreateSchemas: false, schemas: all }))).toEqual([]);
    const closed = new Map([...all, ["shop", { owner: "admin", canCreate: false }]]);
    expect(refused(await withLive({ schemas: closed }))).toEqual([
      ["role etl cannot create in schema shop", "grant create, usage on schema shop to etl"],
    ]);
  });

  test("on what is replaced: membership in its owner, and the owner's own right to the schema", async () => {
    expect(refused(await withLive({ relations: { "shop.a": { owner: "ana", isOwnerReachable: false } } }))).toEqual([
      ["shop.a belongs to ana", "grant ana to etl: a replaced relation keeps its owner"],
    ]);
    expect(refused(await withLive({ relations: { "shop.a": { owner: "ana", canOwnerCreate: false } } }))).toEqual([
      [
        "ana, who owns shop.a, cannot create in schema shop",
        "grant create on schema shop to ana: a replaced relation keeps its owner",
      ],
    ]);
  });
});

test("everything that is wrong is said at once", async () => {
  const outcome = await planned(files, {
    live: {
      relations: { "shop.a": { recordedFor: undefined }, "shop.b": { owner: "ana", isOwnerReachable: false } },
      dependents: [hanging({ on: nameOf("shop.b"), kind: "policy", name: "p on shop.b", relation: undefined })],
    },
  });
  expect(refused(outcome)).toHaveLength(3);
});
