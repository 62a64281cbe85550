import { describe, expect, test } from "vitest";
import { textOf } from "../../../src/domain/sql.ts";
import { edgesOf, planned, planOf } from "../../support/planned.ts";

const chain = {
  "models/a.sql": "select 1 as id\n",
  "models/b.sql": 'select id from {{ref "a"}}\n',
  "models/c.sql": 'select id from {{ref "b"}}\n',
};

describe("where data tests run", () => {
  test("with the node that is built last of all that they read, which its children wait for", async () => {
    const plan = planOf(
      await planned({
        ...chain,
        "models/a_and_b.test.sql": 'select 1 from {{ref "a"}} join {{ref "b"}} using (id) where false\n',
        "models/b.yml":
          "models: [{ name: b, columns: [{ name: id, data_tests: [unique, { relationships: { arguments: { to: ref('a'), field: id } } }] }] }]\n",
      }),
    );
    const tests = [...plan.tasks.values()].map((t) => [
      t.id,
      t.kind === "build" ? t.tests.map((x) => x.node.name).sort() : t.kind,
    ]);
    expect(tests).toEqual([
      ["model.shop.a", []],
      ["model.shop.b", ["a_and_b", "relationships_b_id__id__ref_a_", "unique_b_id"]],
      ["model.shop.c", []],
    ]);
    expect(edgesOf(plan)).toEqual({ a: [], b: ["a"], c: ["b"] });
  });

  test("by themselves where neither of two nodes is built from the other", async () => {
    const plan = planOf(
      await planned({
        ...chain,
        "models/d.sql": "select 1 as id\n",
        "models/both.test.sql": 'select 1 from {{ref "b"}} join {{ref "d"}} using (id) where false\n',
      }),
    );
    expect(edgesOf(plan)).toEqual({ a: [], b: ["a"], c: ["b"], d: [], "tests of both": ["b", "d"] });
  });

  test("through an ephemeral model, with what stands under it", async () => {
    const plan = planOf(
      await planned({
        ...chain,
        "models/e.sql": '{{config materialized="ephemeral"}}\nselect id from {{ref "b"}}\n',
        "models/e.yml": "models: [{ name: e, columns: [{ name: id, data_tests: [unique] }] }]\n",
      }),
    );
    expect([...plan.tasks.values()].flatMap((t) => (t.kind === "build" ? [[t.node, t.tests.length]] : []))).toEqual([
      ["model.shop.a", 0],
      ["model.shop.b", 1],
      ["model.shop.c", 0],
    ]);
  });

  test("of a source first, and what is built from it waits", async () => {
    const plan = planOf(
      await planned(
        {
          "models/sources.yml":
            "sources: [{ name: raw, tables: [{ name: t, columns: [{ name: id, data_tests: [unique, not_null] }] }] }]\n",
          "models/a.sql": 'select id from {{source "raw" "t"}}\n',
          "models/b.sql": "select 1 as id\n",
        },
        { live: { relations: { "raw.t": "table" } } },
      ),
    );
    expect(edgesOf(plan)).toEqual({ a: ["tests of raw.t"], b: [], "tests of raw.t": [] });
    const [gate] = [...plan.tasks.values()].filter((t) => t.kind === "tests");
    expect(gate?.kind === "tests" && gate.tests.map((t) => t.node.name).sort()).toEqual([
      "source_not_null_raw_t_id",
      "source_unique_raw_t_id",
    ]);
  });
});

test("a path through what the run does not build counts as an edge", async () => {
  const plan = planOf(await planned(chain, { select: ["a", "c"], live: { relations: { "shop.b": "table" } } }));
  expect(edgesOf(plan)).toEqual({ a: [], c: ["a"] });
  expect([plan.writes, plan.reads]).toEqual([["shop"], ["shop"]]);
});

test("what stands below and is not rebuilt is stale; what has no model any more is an orphan", async () => {
  const recorded = [
    { name: { schema: "shop", name: "gone" }, nodeId: "model.shop.gone", kind: "table", runId: "r", readAt: undefined },
    { name: { schema: "shop", name: "a" }, nodeId: "model.shop.a", kind: "table", runId: "r", readAt: undefined },
    {
      name: { schema: "shop", name: "theirs" },
      nodeId: "model.depot.theirs",
      kind: "table",
      runId: "r",
      readAt: undefined,
    },
  ];
  const plan = planOf(await planned(chain, { select: ["a"], live: { recorded } }));
  expect(plan.stale).toEqual(["model.shop.b", "model.shop.c"]);
  expect(plan.orphans).toEqual([{ relation: { schema: "shop", name: "gone" }, nodeId: "model.shop.gone" }]);
});

describe("foreign keys", () => {
  const key = (name: string, to: string) =>
    `  - { name: ${name}, constraints: [{ type: foreign_key, columns: [id], to: "${to}", to_columns: [id] }] }\n`;
  const yml = (...keys: string[]) => ({ "models/keys.yml": `models:\n${keys.join("")}` });

  test("to what the node is built from are made with it; on itself too", async () => {
    const plan = planOf(await planned({ ...chain, ...yml(key("c", "ref('a')"), key("a", "ref('a')")) }));
    const made = [...plan.tasks.values()].flatMap((t) =>
      t.kind === "build" ? t.constraints.map((c) => [t.node, textOf(c.change.sql)]) : [],
    );
    expect(made).toEqual([
      ["model.shop.a", 'add constraint "a_id_fkey" foreign key ("id") references "shop__next"."a" ("id")'],
      ["model.shop.c", 'add constraint "c_id_fkey" foreign key ("id") references "shop__next"."a" ("id")'],
    ]);
    expect(plan.publish.leavingForeignKeys).toEqual([]);
  });

  test("against the build's direction, and mutual ones, are tasks of their own: no loop", async () => {
    const plan = planOf(
      await planned({
        ...chain,
        "models/d.sql": "select 1 as id\n",
        ...yml(key("a", "ref('c')"), key("c", "ref('d')"), key("d", "ref('c')")),
      }),
    );
    expect(edgesOf(plan)).toEqual({
      a: [],
      b: ["a"],
      c: ["b"],
      d: [],
      "foreign key shop.a.a_id_fkey": ["a", "c"],
      "foreign key shop.c.c_id_fkey": ["c", "d"],
      "foreign key shop.d.d_id_fkey": ["c", "d"],
    });
  });

  test("that leave the run are made last: NOT VALID, then VALIDATE; and can be dropped again", async () => {
    const plan = planOf(
      await planned(
        { ...chain, ...yml(key("b", "ref('a')")) },
        { select: ["b"], live: { relations: { "shop.a": "table" } } },
      ),
    );
    const [leaving] = plan.publish.leavingForeignKeys;
    expect([leaving?.constraint.change.sql, leaving?.validate, leaving?.drop].map((s) => s && textOf(s))).toEqual([
      'alter table "shop__next"."b" add constraint "b_id_fkey" foreign key ("id") references "shop"."a" ("id") not valid',
      'alter table "shop__next"."b" validate constraint "b_id_fkey"',
      'alter table "shop__next"."b" drop constraint if exists "b_id_fkey"',
    ]);
    expect(plan.reads).toEqual(["shop"]);
  });

  test("to a view are refused, with what to do", async () => {
    const outcome = await planned({
      ...chain,
      "models/a.sql": '{{config materialized="view"}}\nselect 1 as id\n',
      ...yml(key("b", "ref('a')")),
    });
    expect(outcome.ok ? [] : outcome.diagnostics.map((d) => [d.code, d.message, d.help])).toEqual([
      [
        "plan/foreign-key-to-view",
        'foreign key "b_id_fkey" of model.shop.b refers to model.shop.a, which is not a table',
        "make the referenced model a table, or test the relationship with the data test `relationships`",
      ],
    ]);
  });
});
