/** `galley test`: unit tests, then the data tests on live as it stands or on the workspace that a failed run left. It reads, and records what it found. */

import { setTimeout as sleep } from "node:timers/promises";
import { type ExitCode, exitOf, worstExit } from "../domain/exit-code.ts";
import { bookkeepingSchema, type NodeId } from "../domain/names.ts";
import type { ProvePast } from "../domain/past-proof.ts";
import { subjectsIn } from "../domain/test-subject.ts";
import type { Connection } from "../postgres/connect.ts";
import type { TestRecord } from "../stages/execute/records.ts";
import { testAll } from "../stages/execute/test-all.ts";
import { notRun } from "../stages/execute/test-event.ts";
import type { SeedColumns } from "../stages/execute/unit/columns.ts";
import { testUnits } from "../stages/execute/unit/test-units.ts";
import { planLimitedTests } from "../stages/plan/limited-tests.ts";
import type { Command, CommandContext } from "./context.ts";
import type { TestInput } from "./inputs.ts";
import { type OpenProject, openProject, refusedWith, tell } from "./open-project.ts";
import { chooseTests, type ReadyTests, readyTests, workspaceView } from "./ready-tests.ts";
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
  const chosen = await chooseTests(context, input, opened.value);
  tell(context, chosen);
  if (!chosen.ok) return { exitCode: exitOf(chosen.diagnostics), value: undefined };
  const exit = await testChosen(context, input, opened.value, chosen.value);
  const exitCode = worstExit([exit, input.isWarnError && hasWarned() ? 1 : 0]);
  const state = endState(exitCode, context.signal);
  context.emit({ kind: "run_finished", state, exitCode, ms: performance.now() - startedAt });
  return { exitCode, value: undefined };
};

/** What is asked of live is got ready before there is a connection, so that a mistake in it needs none to be found. */
const testChosen = async (
  context: CommandContext,
  input: TestInput,
  opened: OpenProject,
  nodes: readonly NodeId[],
): Promise<ExitCode> => {
  const { manifest } = opened;
  const ready = input.against === "live" ? await readyTests(context, manifest, nodes, { kind: "live" }) : undefined;
  if (ready?.ok === false) return refusedWith(context, ready.diagnostics);
  const { exitCode } = await withDatabase(context, opened, input, "reads", async (connection) => {
    const tests = ready ?? (await readyTests(context, manifest, nodes, await workspaceView(manifest, connection)));
    if (!tests.ok) return { exitCode: refusedWith(context, tests.diagnostics), value: undefined };
    tell(context, tests);
    return { exitCode: await testOn(context, input, opened, connection, tests.value), value: undefined };
  });
  return exitCode;
};

const testOn = async (
  context: CommandContext,
  input: TestInput,
  opened: OpenProject,
  connection: Connection,
  tests: ReadyTests,
): Promise<ExitCode> => {
  const records: TestRecord[] = [];
  const startedAt = performance.now();
  const exits = await runAll(context, input, opened, connection, tests, (record) => records.push(record));
  const exit = worstExit(exits);
  await recordTests(context, input, opened, connection, { records, exit, ms: performance.now() - startedAt });
  return exit;
};

const runAll = async (
  context: CommandContext,
  input: TestInput,
  { project, manifest }: OpenProject,
  { database }: Connection,
  { tests, unitTests, question }: ReadyTests,
  remember: (record: TestRecord) => void,
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
  context.emit({
    kind: "run_started",
    command: "test",
    project: manifest.projectName,
    target: manifest.target.name,
    threads,
    models: 0,
    seeds: 0,
    snapshots: 0,
    tests: tests.length + unitTests.tests.size,
  });
  // Few projects' tests need what is loaded here when it is needed.
  const seedColumns: SeedColumns = async (seed) => {
    const { seedColumnsOf } = await import("./load-seed.ts");
    return seedColumnsOf(project.root)(seed);
  };
  const units = await testUnits({ ...running, unitTests, seedColumns });
  if (input.isFailFast && units.length > 0) {
    for (const one of tests)
      context.emit(notRun(one, "cancelled", "a unit test failed, and --fail-fast was given", subjectOf));
    return units;
  }
  const prove: ProvePast = async (...asked) => {
    const { proverOnLive } = await import("./prove-past.ts");
    const run = { ...running, bookkeeping: bookkeepingSchema(manifest.target.schemaPrefix) };
    return proverOnLive(context, run, { manifest, tests, inRun: NOTHING_BUILT })(...asked);
  };
  const exits = await testAll({
    ...running,
    tests,
    question,
    projectName: manifest.projectName,
    parentsOf: (id) => manifest.parents.get(id) ?? [],
    isSource: (id) => manifest.nodes.get(id)?.kind === "source",
    planTests: planLimitedTests,
    prove,
    constraints: input.constraints,
  });
  return [...units, ...exits];
};

/** The past is rebuilt from sources and from seeds on live, whatever is tested. */
const NOTHING_BUILT: ReadonlySet<NodeId> = new Set();
