import { describe, expect, it } from "vitest";
import type { CompileRun, RunView } from "../../../src/domain/compiled.ts";
import type { DataTest, DataTests } from "../../../src/domain/contracts/data-test.ts";
import { ok } from "../../../src/domain/diagnostic.ts";
import type { DataTestNode, Manifest, Node } from "../../../src/domain/manifest.ts";
import { type NodeId, nodeId } from "../../../src/domain/names.ts";
import { spanOf } from "../../../src/domain/source.ts";
import { originAt, sql, textOf } from "../../../src/domain/sql.ts";
import { compile } from "../../../src/stages/compile/compile.ts";
import { compileInline } from "../../../src/stages/compile/inline-query.ts";
import { evaluate, type Scope } from "../../../src/template/evaluate.ts";
import { manifestOf, type NodeSketch } from "../../support/manifest.ts";
import { scopeOf, shown, templateOf, textAt } from "../../support/templates.ts";

type Sketch = NodeSketch & { readonly body?: string; readonly where?: string };

const FOLDERS = ["stats"];

const ID = /^(?:model|seed)\.nba\.(.*)$/;

const scopeFor = (manifest: Manifest, macros: Readonly<Record<string, string>>): Scope => ({
  ...scopeOf(macros),
  resolve: (request) => {
    const name = request.kind === "ref" ? request.name : `${request.source}.${request.table}`;
    const node = [...manifest.nodes.values()].find((n) =>
      request.kind === "ref" ? ID.exec(n.id)?.[1] === name : n.id === `source.nba.${name}`,
    );
    if (node === undefined) throw new Error(`nothing is called ${name}`);
    return ok(node.id);
  },
});

/** Models stand in stats/, sources in raw; a body is a template. */
const project = (
  sketches: Readonly<Record<string, Sketch>>,
  macros: Readonly<Record<string, string>> = {},
): Manifest => {
  const manifest = manifestOf(
    Object.fromEntries(
      Object.entries(sketches).map(([name, s]) => [name, { folders: s.kind === "source" ? [] : FOLDERS, ...s }]),
    ),
  );
  const scope = scopeFor(manifest, macros);
  const withBody = (node: Node): Node => {
    const name = node.id.split(".").slice(2).join(".");
    const { body = "select 1", where } = sketches[name] ?? {};
    const evaluated = evaluate(templateOf(body, `models/${name}.sql`), scope);
    if (!evaluated.ok) throw new Error(evaluated.diagnostics.map(shown).join("\n"));
    if (node.kind === "model") return { ...node, body: evaluated.value };
    if (node.kind !== "data-test") return node;
    const test: DataTestNode["test"] =
      node.test.kind === "query" ? { kind: "query", name: undefined, body: evaluated.value } : node.test;
    const file = { path: "models/m.yml", text: where ?? "" };
    const config =
      where === undefined
        ? node.config
        : { ...node.config, where: { value: where, span: spanOf(file, 0, where.length) } };
    return { ...node, test, config };
  };
  return { ...manifest, nodes: new Map([...manifest.nodes].map(([id, node]) => [id, withBody(node)])) };
};

const unique: DataTest = {
  name: "unique",
  section: "keys",
  description: "",
  example: undefined,
  isColumnTest: true,
  parameters: [],
  refuses: () => undefined,
  failingRows: ({ relation, where }) => ({
    kind: "query",
    query: where === undefined ? sql`select from ${relation} as t` : sql`select from ${relation} as t where (${where})`,
    judged: undefined,
    needs: undefined,
  }),
};
const KINDS: DataTests = new Map([["unique", unique]]);

const runWith = (view: RunView): CompileRun => ({
  view,
  startedAt: new Date("2026-11-22T10:00:00Z"),
  invocationId: "11111111-1111-1111-1111-111111111111",
});

const LIVE = runWith({ kind: "live" });
const building = (...names: readonly string[]): CompileRun =>
  runWith({ kind: "workspace", inRun: new Set(names.map((name) => nodeId(`model.nba.${name}`))) });

const compiled = async (manifest: Manifest, run: CompileRun) => {
  const outcome = await compile(manifest, manifest.order, run, KINDS);
  if (!outcome.ok) throw new Error(outcome.diagnostics.map(shown).join("\n"));
  return { ...outcome.value, warnings: outcome.warnings.map(shown) };
};

const model = (name: string): NodeId => nodeId(`model.nba.${name}`);

const queriesOf = async (manifest: Manifest, run: CompileRun): Promise<Readonly<Record<string, string>>> => {
  const { models } = await compiled(manifest, run);
  return Object.fromEntries([...models].map(([id, m]) => [id.replace("model.nba.", ""), textOf(m.query)]));
};

const complaints = async (body: string, run = LIVE, macros: Readonly<Record<string, string>> = {}) => {
  const manifest = project(
    { m: { kind: "model", body }, games: { kind: "model" }, "raw.matches": { kind: "source" } },
    macros,
  );
  const outcome = await compile(manifest, [model("m")], run, KINDS);
  return (outcome.ok ? outcome.warnings : outcome.diagnostics).map(shown);
};

describe("references", () => {
  const chain = {
    "raw.matches": { kind: "source", body: "" },
    a: { kind: "model", parents: ["raw.matches"], body: 'select * from {{source "raw" "matches"}}' },
    b: { kind: "model", parents: ["a"], body: 'select * from {{ref "a"}}' },
    c: { kind: "model", parents: ["b"], body: 'select * from {{ref "b"}}, {{ref "a"}}' },
  } as const;

  it("mean the workspace for what is in the run, live for what is not and for sources", async () => {
    const { models } = await compiled(project(chain), building("a", "c"));
    expect([...models.values()].map((m) => [textOf(m.query), m.readsLive])).toEqual([
      ['select * from "raw"."matches"', ["source.nba.raw.matches"]],
      ['select * from "stats__next"."a"', []],
      ['select * from "stats"."b", "stats__next"."a"', ["model.nba.b"]],
    ]);
  });
  it("all mean live where nothing is built", async () => {
    expect(await queriesOf(project(chain), LIVE)).toEqual({
      a: 'select * from "raw"."matches"',
      b: 'select * from "stats"."a"',
      c: 'select * from "stats"."b", "stats"."a"',
    });
  });
  it("in a fingerprint are node ids: it is the same in every run, and changes with the SQL", async () => {
    const prints = async (run: CompileRun, sketches: Readonly<Record<string, Sketch>>) =>
      [...(await compiled(project(sketches), run)).models.values()].map((m) => m.fingerprint);
    const facts = { f: { kind: "model", body: "select {{run_started_at}}, {{invocation_id}}" } } as const;
    const sketches = { ...chain, ...facts };
    const first = await prints(building("a", "b"), sketches);
    expect(await prints({ ...LIVE, startedAt: new Date(0), invocationId: "x" }, sketches)).toEqual(first);
    const changed = await prints(LIVE, { ...sketches, b: { ...chain.b, body: 'select 1 from {{ref "a"}}' } });
    expect(changed.filter((p, i) => p !== first[i])).toHaveLength(1);
  });
  it("to this are the node's own relation", async () => {
    const manifest = project({ a: { kind: "model", body: "select * from {{this}}" } });
    expect([await queriesOf(manifest, LIVE), await queriesOf(manifest, building("a"))]).toEqual([
      { a: 'select * from "stats"."a"' },
      { a: 'select * from "stats__next"."a"' },
    ]);
  });
  it("to the run are literals of its time and id", async () => {
    const manifest = project({ a: { kind: "model", body: "select {{run_started_at}}, {{invocation_id}}" } });
    expect(await queriesOf(manifest, LIVE)).toEqual({
      a: "select '2026-11-22T10:00:00.000Z'::timestamptz, '11111111-1111-1111-1111-111111111111'::uuid",
    });
  });
});

describe("ephemeral models", () => {
  const sketches = {
    "raw.matches": { kind: "source" },
    base: {
      kind: "model",
      materialized: "ephemeral",
      parents: ["raw.matches"],
      body: 'select * from {{source "raw" "matches"}} -- all;',
    },
    plays: {
      kind: "model",
      materialized: "ephemeral",
      parents: ["base"],
      body: 'with x as (select * from {{ref "base"}}) select * from x;',
    },
    a: {
      kind: "model",
      parents: ["plays", "base"],
      body: 'select * from {{ref "plays"}} join {{ref "base"}} using (id)',
    },
    b: {
      kind: "model",
      parents: ["plays"],
      body: 'with recursive p as (select * from {{ref "plays"}}) select * from p',
    },
    on_plays: { kind: "test", parents: ["plays"], testName: "unique" },
    singular: { kind: "test", parents: ["plays"], body: 'select * from {{ref "plays"}}' },
  } as const;

  it("become CTEs, each once and after those it stands on, before the query's own", async () => {
    const { models } = await compiled(project(sketches), building("a", "b"));
    const ctes =
      '"__galley__cte__base" as (\nselect * from "raw"."matches" -- all;\n),\n"__galley__cte__plays" as (\nwith x as (select * from "__galley__cte__base") select * from x\n)';
    expect(textOf(models.get(model("a"))?.query ?? sql``)).toBe(
      `with ${ctes}\nselect * from "__galley__cte__plays" join "__galley__cte__base" using (id)`,
    );
    expect(textOf(models.get(model("b"))?.query ?? sql``)).toBe(
      `with recursive ${ctes},\np as (select * from "__galley__cte__plays") select * from p`,
    );
    expect(models.get(model("a"))?.readsLive).toEqual(["source.nba.raw.matches"]);
  });
  it("change the fingerprint of what stands on them", async () => {
    const print = async (body: string) =>
      (await compiled(project({ ...sketches, base: { ...sketches.base, body } }), LIVE)).models.get(model("b"))
        ?.fingerprint;
    const first = await print('select 1 from {{source "raw" "matches"}}');
    expect(await print('select 2 from {{source "raw" "matches"}}')).not.toBe(first);
    expect(await print('select 1 from {{source "raw" "matches"}}')).toBe(first);
  });
  it("are tested as a derived table, which stands in FROM with and without an alias", async () => {
    const { tests } = await compiled(project(sketches), LIVE);
    const [generic, singular] = [...tests.values()].map((t) =>
      textOf(t.failing.kind === "query" ? t.failing.query : sql``),
    );
    expect(generic).toMatch(
      /^select from \(\(\nwith "__galley__cte__base" as \([\s\S]*\) select \* from x\n\) as "plays" cross join \(select\) as "one row: plays"\) as t$/,
    );
    expect(singular).toMatch(/^with "__galley__cte__base" as [\s\S]*\nselect \* from "__galley__cte__plays"$/);
  });
  it("with long names have short ones as CTEs, so that the server cuts none", async () => {
    const long = "a".repeat(60);
    const manifest = project({
      [`${long}_1`]: { kind: "model", materialized: "ephemeral" },
      [`${long}_2`]: { kind: "model", materialized: "ephemeral", body: "select 2" },
      a: {
        kind: "model",
        parents: [`${long}_1`, `${long}_2`],
        body: `select * from {{ref "${long}_1"}}, {{ref "${long}_2"}}`,
      },
    });
    const names = [...((await queriesOf(manifest, LIVE))["a"] ?? "").matchAll(/"(__galley__cte__\w+)" as/g)].map(
      (m) => m[1],
    );
    expect(names.map((n) => n?.length)).toEqual([47, 47]);
    expect(new Set(names).size).toBe(2);
  });
  it("have no this", async () => {
    const manifest = project({ ...sketches, base: { ...sketches.base, body: "select * from {{this}}" } });
    const outcome = await compile(manifest, manifest.order, LIVE, KINDS);
    expect(outcome.ok ? [] : outcome.diagnostics.map((d) => d.code)).toEqual(["compile/no-relation"]);
  });
  it("complain once, whoever stands on them", async () => {
    const manifest = project({ ...sketches, base: { ...sketches.base, body: "select * frm x y z" } });
    const outcome = await compile(manifest, manifest.order, LIVE, KINDS);
    expect(outcome.ok ? [] : outcome.diagnostics.map((d) => d.code)).toEqual(["sql-syntax/refused"]);
  });
});

describe("data tests", () => {
  const sketches = {
    a: { kind: "model" },
    generic: { kind: "test", parents: ["a"], testName: "unique", where: "x > 1 -- note" },
    singular: { kind: "test", parents: ["a"], body: 'select * from {{ref "a"}};', where: "x > 1" },
  } as const;

  it("get their relation, arguments and where in this run", async () => {
    const { tests } = await compiled(project(sketches), building("a"));
    const shapes = [...tests.values()].map((t) => [
      t.relation && textOf(t.relation),
      t.where && textOf(t.where),
      t.failing.kind === "query" && textOf(t.failing.query),
    ]);
    expect(shapes).toEqual([
      ['"stats__next"."a"', "x > 1 -- note", 'select from "stats__next"."a" as t where (x > 1 -- note)'],
      [undefined, "x > 1", 'select * from (\nselect * from "stats__next"."a"\n) as failing where (\nx > 1\n)'],
    ]);
    const where = [...tests.values()][0]?.where;
    expect(where && originAt(where, 5)?.span.file.path).toBe("models/m.yml");
  });
  it("of an own kind read their relation through where", async () => {
    const manifest = project(sketches);
    const id = nodeId("test.nba.singular");
    const node = manifest.nodes.get(id);
    if (node?.kind !== "data-test") throw new Error("no test");
    const attached: Manifest = {
      ...manifest,
      nodes: new Map([...manifest.nodes, [id, { ...node, attachedTo: model("a") }]]),
    };
    const { tests } = await compiled(attached, LIVE);
    const failing = tests.get(id)?.failing;
    expect(failing?.kind === "query" && textOf(failing.query)).toBe(
      'select * from ((\nselect * from "stats"."a" where (\nx > 1\n)\n) as "a" cross join (select) as "one row: a")',
    );
  });
  it("that belong to no relation have no this", async () => {
    const manifest = project({ singular: { kind: "test", body: "select * from {{this}}" } });
    const outcome = await compile(manifest, manifest.order, LIVE, KINDS);
    expect(outcome.ok ? [] : outcome.diagnostics.map(shown)).toEqual([
      'compile/no-relation at "this": {{this}} means nothing in a query that has no relation of its own; name the relation: {{ref "…"}} or {{source "…" "…"}}',
    ]);
  });
});

describe("names that an author writes", () => {
  it("without a schema are errors that show ref or source", async () => {
    expect(await complaints("select * from games, matches, game, nothing, pg_class")).toEqual([
      'compile/unqualified-name at "games": games is no CTE of this query and has no schema; write {{ref "games"}}',
      'compile/unqualified-name at "matches": matches is no CTE of this query and has no schema; write {{source "raw" "matches"}}',
      'compile/unqualified-name at "game": game is no CTE of this query and has no schema; did you mean {{ref "games"}}?',
      'compile/unqualified-name at "nothing": nothing is no CTE of this query and has no schema; write {{ref "…"}} or {{source "…" "…"}}',
    ]);
  });
  it("with a schema are warnings, but for the system's", async () => {
    expect(
      await complaints("select * from raw.matches, stats.games, x.y, pg_catalog.pg_class, information_schema.tables"),
    ).toEqual([
      'compile/hard-coded-name at "raw.matches": raw.matches is read on live, whatever this run builds; write {{source "raw" "matches"}}',
      'compile/hard-coded-name at "stats.games": stats.games is read on live, whatever this run builds; write {{ref "games"}}',
      'compile/hard-coded-name at "x.y": x.y is read on live, whatever this run builds; declare it as a source and write {{source …}}, so that it makes an edge',
    ]);
  });
  it("are told from references", async () => {
    expect(
      await complaints(
        'select \'é\' from {{ref "games"}} join {{source "raw" "matches"}} using (id)',
        building("games"),
      ),
    ).toEqual([]);
  });
  it("from the environment are not shown", async () => {
    expect((await complaints('select * from {{ident (env_var "SECRET")}}'))[0]).toContain("••• is no CTE");
    expect((await complaints('select 1 a {{ident (env_var "SECRET")}}'))[0]).toContain("syntax error at or near •••");
  });
  it("of clocks are warnings", async () => {
    expect(await complaints("select now()")).toEqual([
      'compile/clock at "now": now() differs from run to run; write {{run_started_at}}, the run\'s time',
    ]);
  });
});

describe("SQL that does not parse", () => {
  it("is reported at the author's word, in a macro with the call", async () => {
    const macros = { avg_of: '{{params "column"}}avg({{column}} oder by 1)\n' };
    const manifest = project({ m: { kind: "model", body: 'select\n  {{> avg_of column="points"}} as p' } }, macros);
    const outcome = await compile(manifest, manifest.order, LIVE, KINDS);
    const [found] = outcome.ok ? [] : outcome.diagnostics;
    expect(found && shown(found)).toBe(`sql-syntax/refused at "oder": syntax error at or near "oder"`);
    expect(found?.at?.file.path).toBe("macros/avg_of.sql");
    expect(found?.notes.map((n) => n.at && textAt(n.at))).toEqual(['{{> avg_of column="points"}}']);
  });
});

describe("an inline query", () => {
  it("is compiled as a model is", async () => {
    const manifest = project({
      a: { kind: "model" },
      e: { kind: "model", materialized: "ephemeral", body: "select 2" },
    });
    const scope = scopeFor(manifest, {});
    const outcome = await compileInline(manifest, 'select * from {{ref "a"}}, {{ref "e"}};', scope, LIVE);
    expect(outcome.ok && textOf(outcome.value)).toBe(
      'with "__galley__cte__e" as (\nselect 2\n)\nselect * from "stats"."a", "__galley__cte__e"',
    );
    const wrong = await compileInline(manifest, "select {{", scope, LIVE);
    expect(wrong.ok ? [] : wrong.diagnostics.map((d) => d.at?.file.path)).toEqual(["inline query"]);
  });
});
