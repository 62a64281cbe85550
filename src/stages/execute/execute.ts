/** The plan's tasks, run in parallel in their order; every ending is an event. Says whether what was built may be published. */
import type { CompiledTest } from "../../domain/compiled.ts";
import { DatabaseError, type SessionPurpose } from "../../domain/contracts/database.ts";
import { databaseDiagnostic } from "../../domain/database-diagnostic.ts";
import type { Emit } from "../../domain/event.ts";
import type { ExitCode } from "../../domain/exit-code.ts";
import { exitOf } from "../../domain/exit-code.ts";
import type { NodeId } from "../../domain/names.ts";
import type { ProvePast } from "../../domain/past-proof.ts";
import type { BuildTask, Plan, PlanTask, TaskId, UnitTestsTask } from "../../domain/plan.ts";
import type { Rule } from "../../domain/rule.ts";
import type { PlanTests } from "../../domain/test-plan.ts";
import type { SubjectOf } from "../../domain/test-subject.ts";
import { unreachable } from "../../domain/unreachable.ts";
import { type Gate, makeGate } from "../../lib/gate.ts";
import { runGraph } from "../../lib/scheduler.ts";
import { buildNode } from "./build-node.ts";
import { cancelOnAbort } from "./cancel.ts";
import { checkContracts } from "./contract.ts";
import { runForeignKey } from "./foreign-key.ts";
import type { LoadSeed } from "./make-data.ts";
import { type NodeFinished, nodeEvent, notStarted, testsNotRun } from "./not-run.ts";
import { type NodeRecord, recordFindings, type TestRecord } from "./records.ts";
import { readAgain } from "./retry-step.ts";
import type { RunContext } from "./run-context.ts";
import { makeTestReport, type TestReport } from "./test-report.ts";
import type { SeedColumns } from "./unit/columns.ts";
import { prepareUnitTests, type UnitTests } from "./unit/prepare.ts";
import { reportUnitTests } from "./unit/report.ts";
import { runUnitTests } from "./unit/run.ts";

export type Executed = {
  /** Every task ended well: nothing stands in the way of publish. */
  readonly isClean: boolean;
  /** What each failure asks for. */
  readonly exits: readonly ExitCode[];
};

export type ExecuteRequest = {
  readonly plan: Plan;
  readonly loadSeed: LoadSeed;
  /** For showing and storing failing rows. */
  readonly subjectOf: SubjectOf;
  /** Nodes that the run which this one goes on from has built; their tests are run all the same. */
  readonly kept: ReadonlyMap<NodeId, { readonly rows: number | undefined }>;
  readonly planTests: PlanTests;
  readonly seedColumns: SeedColumns;
  readonly prove: ProvePast;
  readonly isFailFast: boolean;
  /** Gives numbers in [0, 1): tests start ready tasks in another order. */
  readonly shuffle: (() => number) | undefined;
};

type TaskRequest = ExecuteRequest & {
  /** The batches of all microbatch models go through it. */
  readonly gate: Gate;
  /** All of the run are prepared together, when the first are run. */
  readonly unitTests: () => Promise<UnitTests>;
  readonly remember: (record: TestRecord) => void;
};

export const execute = async (run: RunContext, request: ExecuteRequest): Promise<Executed> => {
  const { plan } = request;
  const stop = new AbortController();
  const signal = AbortSignal.any([run.signal, stop.signal]);
  const exits: ExitCode[] = [];
  const records: TestRecord[] = [];
  const fail = (codes: readonly ExitCode[]): "failure" => {
    // What ends badly after --fail-fast has stopped the run does so because of that.
    if (!stop.signal.aborted) exits.push(...codes);
    // Nor is there anything to go on with when the server is gone.
    if (request.isFailFast || codes.includes(LOST)) stop.abort();
    return "failure";
  };
  const nodes: NodeRecord[] = [];
  const toldOf = new Set<NodeId>();
  const emit: Emit = (event) => {
    if (event.kind === "node_finished" && event.status === "success") nodes.push(event);
    if (event.kind === "test_finished") toldOf.add(event.test);
    run.emit(event);
  };
  const report = makeTestReport({ ...run, signal, emit }, request, (record) => records.push(record));
  const gate = makeGate(run.threads);
  const inner: RunContext = { ...run, signal, emit };
  const unitTests = preparedOnce(inner, request);
  const remember = (record: TestRecord): void => void records.push(record);
  /** Tests that a task which ended badly did not come to. */
  const tellOfTheRest = (task: PlanTask): void => {
    const why = signal.aborted
      ? ({ status: "cancelled", because: CANCELLED } as const)
      : ({ status: "skipped", because: `${task.id} failed` } as const);
    for (const event of testsNotRun(task, why, request.subjectOf)) if (!toldOf.has(event.test)) emit(event);
  };
  const runOne = async (id: TaskId): Promise<"success" | "failure"> => {
    const task = taskOf(plan, id);
    try {
      const codes = await runTask(inner, task, { ...request, gate, unitTests, remember }, report);
      if (codes.length === 0) return "success";
      tellOfTheRest(task);
      return fail(codes);
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error;
      const diagnostic = databaseDiagnostic(error, "execute/sql-error", task.id, undefined);
      run.emit({ kind: "diagnostic", diagnostic });
      tellOfTheRest(task);
      return fail([exitOf([diagnostic])]);
    }
  };
  const all = { cancelRunning: run.database.cancelRunning, signal, sleep: run.sleep };
  return cancelOnAbort(all, async () => {
    const endings = await runGraph<TaskId>({
      ids: [...plan.tasks.keys()],
      parentsOf: (id) => plan.parents.get(id) ?? [],
      slots: run.threads,
      weightOf: () => 1,
      run: runOne,
      onNotStarted: (id, ending) => {
        const because = ending.kind === "skipped" ? `${ending.because} failed` : CANCELLED;
        const why = { status: ending.kind, because };
        for (const event of notStarted(taskOf(plan, id), why, request.subjectOf)) run.emit(event);
      },
      signal,
      shuffle: request.shuffle,
    });
    return [...endings.values()].every((e) => e.kind === "success");
  }).then(async (isClean) => {
    await recordFindings(run, nodes, records);
    return { isClean, exits };
  });
};

const LOST: ExitCode = 4;

const CANCELLED = "the run was cancelled";

/** A hook may leave a setting or a temporary table behind: no other node gets its session. */
const purposeOf = ({ hooks }: BuildTask): SessionPurpose =>
  hooks.pre.length + hooks.post.length > 0 ? "hooks" : "model";

const taskOf = (plan: Plan, id: TaskId): PlanTask => {
  const task = plan.tasks.get(id);
  if (task === undefined) throw new Error(`no task ${id}`);
  return task;
};

/** The exit codes that its failures ask for; none when all went well. */
const runTask = async (
  run: RunContext,
  task: PlanTask,
  request: TaskRequest,
  report: TestReport,
): Promise<readonly ExitCode[]> => {
  switch (task.kind) {
    case "build":
      return runBuild(run, task, request, report);
    case "tests":
      return report.tests(readAgain(run, task.id), task.tests, undefined);
    case "foreign-key":
      return runForeignKey(run, task, report);
    case "unit-tests":
      return runUnits(run, task, request);
    case "contracts":
      return checkContracts(run, task.contracts);
    default:
      return unreachable(task);
  }
};

const preparedOnce = (run: RunContext, { plan, seedColumns }: ExecuteRequest): (() => Promise<UnitTests>) => {
  const tests = [...plan.tasks.values()].flatMap((task) => (task.kind === "unit-tests" ? task.tests : []));
  let prepared: Promise<UnitTests> | undefined;
  return () => {
    prepared ??= prepareUnitTests(readAgain(run, "unit tests"), tests, plan.shapes, seedColumns);
    return prepared;
  };
};

const runUnits = async (
  run: RunContext,
  { id, tests }: UnitTestsTask,
  { subjectOf, unitTests, remember }: TaskRequest,
): Promise<readonly ExitCode[]> => {
  const prepared = await unitTests();
  const asking = { session: readAgain(run, id), clock: run.clock, signal: run.signal, subjectOf };
  const endings = await runUnitTests(asking, tests, prepared);
  return reportUnitTests(run, endings, subjectOf, remember);
};

const runBuild = async (
  run: RunContext,
  task: BuildTask,
  { kept, loadSeed, gate }: TaskRequest,
  report: TestReport,
): Promise<readonly ExitCode[]> => {
  const session = readAgain(run, task.id);
  const earlier = kept.get(task.node);
  if (earlier !== undefined) {
    run.emit({
      ...nodeEvent(task),
      status: "kept",
      rows: earlier.rows,
      because: "built by the run that this one goes on from",
    });
    report.proved(task.proved);
    return report.tests(session, task.tests, earlier.rows);
  }
  run.emit({ kind: "node_started", node: task.node });
  const built = await buildNode(run, purposeOf(task), task, loadSeed, gate);
  const finished = (
    status: "success" | "error" | "fail" | "cancelled",
    rows: number | undefined,
    more: Partial<Pick<NodeFinished, "because" | "diagnostic">> = {},
  ): void => run.emit({ ...nodeEvent(task), status, rows, ms: built.ms, ...more });
  switch (built.kind) {
    case "built":
      finished("success", built.rows);
      report.proved(task.proved);
      return report.tests(session, task.tests, task.data.kind === "delta" ? undefined : built.rows);
    case "violated":
      finished("fail", built.rows, { because: `violates ${built.rules.map((c) => c.name).join(", ")}` });
      for (const rule of built.rules) await report.violation(session, rule, built.ms, standingFor(task, rule));
      for (const diagnostic of built.diagnostics) run.emit({ kind: "diagnostic", diagnostic });
      return [1, ...built.diagnostics.map((d) => exitOf([d]))];
    case "error":
      finished("error", undefined, { diagnostic: built.diagnostics[0] });
      for (const diagnostic of built.diagnostics.slice(1)) run.emit({ kind: "diagnostic", diagnostic });
      return [exitOf(built.diagnostics)];
    case "cancelled":
      finished("cancelled", undefined, { because: CANCELLED });
      return [3];
    default:
      return unreachable(built);
  }
};

/** Tests that the violated constraint was to guarantee: they have failed. */
const standingFor = ({ proved }: BuildTask, rule: Rule): readonly CompiledTest[] =>
  proved.flatMap(({ test, constraint }) => (constraint === rule.name ? [test] : []));
