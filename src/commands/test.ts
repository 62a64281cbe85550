/** `galley test`: unit tests, then the data tests on live as it stands or on the workspace that a failed run left. It reads, and records what it found. */

import { setTimeout as sleep } from "node:timers/promises";
import type { CompiledTest, RunView } from "../domain/compiled.ts";
import type { CompiledUnitTests } from "../domain/compiled-unit-test.ts";
import { type Outcome, ok } from "../domain/diagnostic.ts";
import { type ExitCode, exitOf, worstExit } from "../domain/exit-code.ts";
import { isBuilt, isTest } from "../domain/manifest.ts";
import type { NodeId } from "../domain/names.ts";
import { bookkeepingSchema, relationKey, workspaceOf } from "../domain/names.ts";
import { isPastTest } from "../domain/past-proof.ts";
import type { Selection } from "../domain/selection.ts";
import { literal, sql } from "../domain/sql.ts";
import { subjectsIn } from "../domain/test-subject.ts";
import { dataTests } from "../plugins/data-tests/index.ts";
import type { Connection } from "../postgres/connect.ts";
import { compile } from "../stages/compile/compile.ts";
import { compileUnitTests } from "../stages/compile/unit-tests.ts";
import type { TestRecord } from "../stages/execute/records.ts";
import { testAll } from "../stages/execute/test-all.ts";
import { notRun } from "../stages/execute/test-event.ts";
import { testUnits } from "../stages/execute/unit/test-units.ts";
import { planLimitedTests } from "../stages/plan/limited-tests.ts";
import { select } from "../stages/select/select.ts";
import { testsChangedSince } from "./changed-tests.ts";
import type { Command, CommandContext } from "./context.ts";
import type { TestInput } from "./inputs.ts";
import { seedColumnsOf } from "./load-seed.ts";
import { type OpenProject, openProject, refusedWith, tell } from "./open-project.ts";
import { lockedForPast, withPastProver } from "./prove-past.ts";
import { recordTests } from "./record-tests.ts";
import { endState } from "./recorded-run.ts";
import { listenForWarnings } from "./warnings.ts";
import { withDatabase } from "./with-database.ts";

export const test: Command<TestInput> = async (outer, input) => {
  const startedAt = performance.now();
  const { context, hasWarned } = listenForWarnings(outer);
  const opened = await openProject(context, input, input.threads);
  tell(context, opened);
  if (!opened.ok) return { exitCode: exitOf(opened.diagnostics), value: undefined };
  const access = asksForPast(opened.value.manifest, select(opened.value.manifest, input)) ? "writes" : "reads";
  const result = await withDatabase(context, opened.value, input, access, async (connection) => ({
    exitCode: await testOn(context, input, opened.value, connection),
    value: undefined,
  }));
  const exitCode = worstExit([result.exitCode, input.isWarnError && hasWarned() ? 1 : 0]);
  const state = endState(exitCode, context.signal);
  context.emit({ kind: "run_finished", state, exitCode, ms: performance.now() - startedAt });
  return { exitCode, value: undefined };
};

/** To rebuild the past is to write beside live. */
const asksForPast = ({ nodes }: OpenProject["manifest"], selected: Outcome<Selection>): boolean =>
  selected.ok && selected.value.nodes.some((id) => isPastTest(nodes.get(id)));

const testOn = async (
  context: CommandContext,
  input: TestInput,
  opened: OpenProject,
  connection: Connection,
): Promise<ExitCode> => {
  const { project, manifest } = opened;
  const { database } = connection;
  const selected = select(manifest, input);
  tell(context, selected);
  if (!selected.ok) return exitOf(selected.diagnostics);
  const changed = await changedOf(input, project.root, manifest);
  tell(context, changed);
  if (!changed.ok) return exitOf(changed.diagnostics);
  const nodes = selected.value.nodes.filter((id) => isTest(manifest.nodes.get(id)) && (changed.value?.has(id) ?? true));
  if (nodes.length === 0 && changed.value !== undefined)
    context.emit({ kind: "note", message: `no test stands on what has changed since ${input.changedSince}` });
  const view = await viewOf(input, manifest, database);
  const facts = { view, startedAt: context.now(), invocationId: context.runId };
  const compiled = await compile(manifest, nodes, facts, dataTests);
  tell(context, compiled);
  if (!compiled.ok) return exitOf(compiled.diagnostics);
  const unitTests = await compileUnitTests(manifest, nodes, facts);
  tell(context, unitTests);
  if (!unitTests.ok) return exitOf(unitTests.diagnostics);
  const tests = [...compiled.value.tests.values()];
  const { target } = manifest;
  context.emit({
    kind: "run_started",
    command: "test",
    project: manifest.projectName,
    target: target.name,
    threads: target.threads,
    models: 0,
    seeds: 0,
    snapshots: 0,
    tests: tests.length + unitTests.value.tests.size,
  });
  const records: TestRecord[] = [];
  const startedAt = performance.now();
  const exits = await runAll(context, input, opened, connection, {
    tests,
    unitTests: unitTests.value,
    remember: (record) => records.push(record),
  });
  const exit = worstExit(exits);
  await recordTests(context, input, opened, connection, { records, exit, ms: performance.now() - startedAt });
  return exit;
};

type Tests = {
  readonly tests: readonly CompiledTest[];
  readonly unitTests: CompiledUnitTests;
  readonly remember: (record: TestRecord) => void;
};

const runAll = async (
  context: CommandContext,
  input: TestInput,
  { project, manifest }: OpenProject,
  { database }: Connection,
  { tests, unitTests, remember }: Tests,
): Promise<readonly ExitCode[]> => {
  const { threads, retries } = manifest.target;
  const subjectOf = subjectsIn(manifest, input.rows);
  const running = {
    database,
    threads,
    emit: context.emit,
    signal: context.signal,
    clock: () => performance.now(),
    sleep: (ms: number) => sleep(ms),
    random: Math.random,
    retries,
    checkLock: async () => undefined,
    isFailFast: input.isFailFast,
    subjectOf,
    remember,
  };
  const units = await testUnits({ ...running, unitTests, seedColumns: seedColumnsOf(project.root) });
  if (input.isFailFast && units.length > 0) {
    for (const one of tests)
      context.emit(notRun(one, "cancelled", "a unit test failed, and --fail-fast was given", subjectOf));
    return units;
  }
  const past = { manifest, tests, inRun: NOTHING_BUILT };
  const outcome = await lockedForPast(context, database, past, () =>
    withPastProver(
      context,
      { ...running, bookkeeping: bookkeepingSchema(manifest.target.schemaPrefix) },
      past,
      (prove) =>
        testAll({
          ...running,
          tests,
          projectName: manifest.projectName,
          parentsOf: (id) => manifest.parents.get(id) ?? [],
          isSource: (id) => manifest.nodes.get(id)?.kind === "source",
          planTests: planLimitedTests,
          prove,
          constraints: input.constraints,
        }),
    ),
  );
  return [...units, ...(outcome.ok ? outcome.value : [refusedWith(context, outcome.diagnostics)])];
};

/** The past is rebuilt from sources and from seeds on live, whatever is tested. */
const NOTHING_BUILT: ReadonlySet<NodeId> = new Set();

const changedOf = (
  { changedSince }: TestInput,
  root: string,
  manifest: OpenProject["manifest"],
): Promise<Outcome<ReadonlySet<NodeId> | undefined>> =>
  changedSince === undefined ? Promise.resolve(ok(undefined)) : testsChangedSince(changedSince, root, manifest);

/** A failed run leaves only what it had built: the rest means live. */
const viewOf = async (
  input: TestInput,
  manifest: OpenProject["manifest"],
  database: Connection["database"],
): Promise<RunView> => {
  if (input.against === "live") return { kind: "live" };
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
