/** Which tests `galley test` asks, and all of them that can be known before they are asked. */
import type { CompiledTest, RunView } from "../domain/compiled.ts";
import type { CompiledUnitTests } from "../domain/compiled-unit-test.ts";
import { type Outcome, ok } from "../domain/diagnostic.ts";
import { isBuilt, isTest, type Manifest } from "../domain/manifest.ts";
import { type NodeId, relationKey, workspaceOf } from "../domain/names.ts";
import { literal, sql } from "../domain/sql.ts";
import { dataTests } from "../plugins/data-tests/index.ts";
import type { Connection } from "../postgres/connect.ts";
import { compile } from "../stages/compile/compile.ts";
import { compileUnitTests } from "../stages/compile/unit-tests.ts";
import { type FactsQuestion, factsAbout } from "../stages/execute/test-facts.ts";
import { select } from "../stages/select/select.ts";
import { testsChangedSince } from "./changed-tests.ts";
import type { CommandContext } from "./context.ts";
import type { TestInput } from "./inputs.ts";
import type { OpenProject } from "./open-project.ts";

export const chooseTests = async (
  context: CommandContext,
  input: TestInput,
  { project, manifest }: OpenProject,
): Promise<Outcome<readonly NodeId[]>> => {
  const { changedSince } = input;
  const selected = select(manifest, input);
  if (!selected.ok) return selected;
  const changed =
    changedSince === undefined ? ok(undefined) : await testsChangedSince(changedSince, project.root, manifest);
  if (!changed.ok) return changed;
  const nodes = selected.value.nodes.filter((id) => isTest(manifest.nodes.get(id)) && (changed.value?.has(id) ?? true));
  if (nodes.length === 0 && changed.value !== undefined)
    context.emit({ kind: "note", message: `no test stands on what has changed since ${changedSince}` });
  return { ok: true, value: nodes, warnings: [...selected.warnings, ...changed.warnings] };
};

export type ReadyTests = {
  readonly tests: readonly CompiledTest[];
  readonly unitTests: CompiledUnitTests;
  readonly question: FactsQuestion;
};

export const readyTests = async (
  context: CommandContext,
  manifest: Manifest,
  nodes: readonly NodeId[],
  view: RunView,
): Promise<Outcome<ReadyTests>> => {
  const run = { view, startedAt: context.now(), invocationId: context.runId };
  const compiled = await compile(manifest, nodes, run, dataTests);
  if (!compiled.ok) return compiled;
  const unitTests = await compileUnitTests(manifest, nodes, run);
  if (!unitTests.ok) return { ok: false, diagnostics: [...compiled.warnings, ...unitTests.diagnostics] };
  const tests = [...compiled.value.tests.values()];
  const value = { tests, unitTests: unitTests.value, question: factsAbout(tests) };
  return { ok: true, value, warnings: [...compiled.warnings, ...unitTests.warnings] };
};

/** A failed run leaves only what it had built: the rest means live. */
export const workspaceView = async (manifest: Manifest, { database }: Connection): Promise<RunView> => {
  const rows = await database.withSession("read", (session) =>
    session.rows(
      sql`select n.nspname || '.' || c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname like ${literal("%\\_\\_next")} and c.relkind in ('r', 'v', 'm')`,
    ),
  );
  const built = new Set(rows.map((r) => r["name"]));
  const inRun = new Set<NodeId>();
  for (const node of manifest.nodes.values()) {
    if (!isBuilt(node)) continue;
    const { schema, name } = node.relation;
    if (built.has(relationKey({ schema: workspaceOf(schema), name }))) inRun.add(node.id);
  }
  return { kind: "workspace", inRun };
};
