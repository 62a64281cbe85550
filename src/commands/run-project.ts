/** `build`, `run`, `seed` and `snapshot`: the sentence of a run, from the files on disk to relations on live. */
import { setTimeout as sleep } from "node:timers/promises";
import { DatabaseError } from "../domain/contracts/database.ts";
import { ok } from "../domain/diagnostic.ts";
import type { RunState } from "../domain/event.ts";
import { type ExitCode, exitOf, worstExit } from "../domain/exit-code.ts";
import { bookkeepingSchema } from "../domain/names.ts";
import type { Plan } from "../domain/plan.ts";
import { subjectsIn } from "../domain/test-subject.ts";
import type { Connection } from "../postgres/connect.ts";
import { execute } from "../stages/execute/execute.ts";
import { type RunLock, withRunLock } from "../stages/execute/locks.ts";
import { insertRun, type RunFacts } from "../stages/execute/records.ts";
import { runAgain } from "../stages/execute/resume.ts";
import type { RunContext } from "../stages/execute/run-context.ts";
import { prepareWorkspaces } from "../stages/execute/workspace.ts";
import { planLimitedTests } from "../stages/plan/limited-tests.ts";
import { liveReads } from "../stages/plan/live-reads.ts";
import { beforeBuilding } from "./before-building.ts";
import type { CommandContext, CommandResult } from "./context.ts";
import { gitSha } from "./git-sha.ts";
import type { RunInput } from "./inputs.ts";
import { keptOf, nothingToRetry } from "./kept.ts";
import { loadSeedNode, seedColumnsOf } from "./load-seed.ts";
import { refusedWith, tell } from "./open-project.ts";
import { type Prepared, type ProjectRun, prepare, type Resumed, type RunVerb, schemasOf } from "./prepare.ts";
import { pastSchemas, withPastProver } from "./prove-past.ts";
import { planOn, publishOn, removeOld } from "./publish-run.ts";
import { bringRawUpToDate } from "./raw.ts";
import { closeRun } from "./record-tests.ts";
import { afterRun, beforeRun, outcomeOf, type RunEnding } from "./run-hooks.ts";
import { listenForRaw, listenForWarnings } from "./warnings.ts";
import { withDatabase } from "./with-database.ts";
import { writeCompiled } from "./write-compiled.ts";

export const runProject = (outer: CommandContext, input: RunInput, verb: RunVerb): Promise<CommandResult> =>
  conduct(outer, input, verb, undefined, (context, prepared, use) =>
    withDatabase(context, prepared, input, "writes", use),
  );

/** The same on a database that is open already, going on from what an earlier run has built. */
export const resumeRun = (
  outer: CommandContext,
  input: RunInput,
  verb: RunVerb,
  resumed: Resumed,
  connection: Connection,
): Promise<CommandResult> => conduct(outer, input, verb, resumed, (_context, _prepared, use) => use(connection));

type Connect = (
  context: CommandContext,
  prepared: Prepared,
  use: (connection: Connection) => Promise<CommandResult>,
) => Promise<CommandResult>;

const conduct = async (
  outer: CommandContext,
  input: RunInput,
  verb: RunVerb,
  resumed: Resumed | undefined,
  connect: Connect,
): Promise<CommandResult> => {
  const startedAt = performance.now();
  const { context, hasWarned } = listenForWarnings(outer);
  const isRefusedByWarnings = (): boolean => input.isWarnError && hasWarned();
  const prepared = await prepare(context, input, verb);
  tell(context, prepared);
  if (!prepared.ok) return { exitCode: exitOf(prepared.diagnostics), value: undefined };
  if (isRefusedByWarnings()) return { exitCode: 1, value: undefined };
  await writeCompiled(prepared.value.project.root, prepared.value.manifest, prepared.value.compiled);
  const result = await connect(context, prepared.value, (connection) =>
    runOn({ context, input, verb, resumed, prepared: prepared.value, connection, isRefusedByWarnings }),
  );
  const exitCode = worstExit([result.exitCode, isRefusedByWarnings() ? 1 : 0]);
  const state = stateOf(exitCode, context.signal);
  context.emit({ kind: "run_finished", state, exitCode, ms: performance.now() - startedAt });
  return { exitCode, value: undefined };
};

const stateOf = (exit: ExitCode, signal: AbortSignal): RunState => {
  if (exit === 0) return "succeeded";
  if (signal.aborted) return "cancelled";
  return exit === 6 ? "refused" : "failed";
};

const commandOf = ({ verb, resumed }: ProjectRun): string => (resumed === undefined ? verb : "retry");

const runOn = async (work: ProjectRun): Promise<CommandResult> => {
  const { context, prepared, connection } = work;
  const { manifest, selection, inRun } = prepared;
  const { target } = manifest;
  const count = (kind: string): number => selection.nodes.filter((id) => manifest.nodes.get(id)?.kind === kind).length;
  context.emit({
    kind: "run_started",
    command: commandOf(work),
    project: manifest.projectName,
    target: target.name,
    threads: target.threads,
    models: count("model"),
    seeds: count("seed"),
    snapshots: count("snapshot"),
    tests: count("data-test") + count("unit-test"),
  });
  const reads = liveReads(manifest, prepared.compiled, inRun).schemas;
  const lockRequest = {
    writes: writesOf(prepared),
    reads,
    runId: context.runId,
    bookkeeping: bookkeepingSchema(target.schemaPrefix),
    patience: { ...runContext(work, undefined), waitMs: work.input.lockWaitMs },
  };
  const outcome = await withRunLock(connection.database, lockRequest, async (lock) => ok(await recorded(work, lock)));
  if (!outcome.ok) return { exitCode: refusedWith(context, outcome.diagnostics), value: undefined };
  return { exitCode: outcome.value, value: undefined };
};

/** Its workspaces are of these, but for the schemas in which the past is rebuilt. */
const writesOf = ({ manifest, inRun, compiled }: Prepared): readonly string[] => [
  ...schemasOf(manifest, inRun),
  ...pastSchemas(compiled.tests.values(), bookkeepingSchema(manifest.target.schemaPrefix)),
];

/** The run stands in the bookkeeping from its start to its end, so that a later one can tell what became of it. */
const recorded = async (work: ProjectRun, lock: RunLock): Promise<ExitCode> => {
  const { context, prepared } = work;
  const { manifest, project } = prepared;
  const run = runContext(work, lock);
  if (await isOverTaken(work, run)) return 0;
  const facts = {
    projectName: manifest.projectName,
    target: manifest.target.name,
    command: commandOf(work),
    args: argsOf(work),
    gitSha: await gitSha(project.root),
    version: context.version,
  };
  await run.database.withSession("durable", (session) => session.run(insertRun(run, facts)));
  const ending = await buildAndPublish(work, run, lock);
  const state = stateOf(ending.exit, context.signal);
  await closeRun(run, manifest, state);
  return worstExit([ending.exit, await afterRun(context, run, ending)]);
};

/** Read again by a later run: `writes` to know whether this one worked in its workspaces, the rest to go on from it. */
const argsOf = ({ input, verb, resumed, prepared }: ProjectRun): RunFacts["args"] => ({
  verb,
  select: input.select,
  exclude: input.exclude,
  indirect_selection: input.indirectSelection,
  vars: input.vars ?? null,
  full_refresh: input.isFullRefresh,
  event_time_start: input.eventTime.start ?? null,
  event_time_end: input.eventTime.end ?? null,
  writes: writesOf(prepared),
  ...(resumed === undefined ? {} : { retry_of: resumed.run.runId }),
});

/** A run that was still going when `retry --wait` began may have been published while it was waited for. */
const isOverTaken = async ({ context, resumed }: ProjectRun, run: RunContext): Promise<boolean> => {
  if (resumed === undefined) return false;
  const now = await run.database.withSession("read", (session) =>
    runAgain(session, run.bookkeeping, resumed.run.runId),
  );
  if (now === undefined || !now.isPublished) return false;
  context.emit({ kind: "note", message: nothingToRetry(now) });
  return true;
};

const runContext = (
  { context, prepared: { manifest }, connection }: ProjectRun,
  lock: RunLock | undefined,
): RunContext => ({
  database: connection.database,
  runId: context.runId,
  projectName: manifest.projectName,
  bookkeeping: bookkeepingSchema(manifest.target.schemaPrefix),
  threads: manifest.target.threads,
  emit: context.emit,
  signal: context.signal,
  clock: () => performance.now(),
  random: Math.random,
  sleep: (ms) => sleep(ms),
  retries: manifest.target.retries,
  checkLock: async () => lock?.check(),
});

const buildAndPublish = async (work: ProjectRun, run: RunContext, lock: RunLock): Promise<RunEnding> => {
  const { input, verb, prepared, connection } = work;
  const { context, hasRawChanged } = listenForRaw(work.context);
  const raw = await bringRawUpToDate(context, prepared, connection, verb, input.allowsRejects ? "allowed" : "refused");
  if (raw.kind === "stopped") return { exit: raw.exit, hooks: undefined };
  const planned = await planOn(prepared, connection, input);
  tell(context, planned);
  if (!planned.ok) return { exit: exitOf(planned.diagnostics), hooks: undefined };
  const plan = planned.value;
  const started = await beforeRun(context, run, plan);
  if (started !== 0) return { exit: started, hooks: { plan, outcome: outcomeOf(started, context.signal) } };
  const hindered = await beforeBuilding(context, prepared, run, plan);
  if (hindered !== 0) return { exit: hindered, hooks: { plan, outcome: outcomeOf(hindered, context.signal) } };
  const exit = await buildPlanned({ ...work, context }, run, lock, plan, hasRawChanged());
  const outcome = exit === 0 ? "published" : outcomeOf(exit, context.signal);
  return { exit: worstExit([raw.exit, exit]), hooks: { plan, outcome } };
};

const buildPlanned = async (
  work: ProjectRun,
  run: RunContext,
  lock: RunLock,
  plan: Plan,
  hasRawChanged: boolean,
): Promise<ExitCode> => {
  const { context, input, prepared } = work;
  const { manifest, inRun, project } = prepared;
  const schemas = schemasOf(manifest, inRun);
  const others = schemasOf(manifest, manifest.nodes.keys()).filter((schema) => !schemas.includes(schema));
  const { kept, relations } = await keptOf(work, run, plan, hasRawChanged);
  const workspaces = { schemas, others, lock, lockTimeoutMs: manifest.target.lockTimeoutMs, kept: relations };
  const made = await prepareWorkspaces(run, workspaces);
  if (!made.ok) return refusedWith(context, made.diagnostics);
  const { tests } = prepared.compiled;
  const executed = await withPastProver(context, run, { manifest, inRun, tests: tests.values() }, (prove) =>
    execute(run, {
      plan,
      loadSeed: loadSeedNode(project.root),
      subjectOf: subjectsIn(manifest, input.rows),
      kept,
      planTests: planLimitedTests,
      seedColumns: seedColumnsOf(project.root),
      prove,
      isFailFast: input.isFailFast,
      shuffle: undefined,
    }),
  );
  if (context.signal.aborted) return worstExit([3, ...executed.exits]);
  if (!executed.isClean) return worstExit(executed.exits);
  if (work.isRefusedByWarnings()) return 1;
  const exit = await publishOn(work, run, lock, plan);
  // With its session the lock is gone, and what stands in the workspaces may be another run's by now.
  if (exit === 0 && (await isHeld(lock))) await removeOld(context, run, workspaces);
  return exit;
};

const isHeld = (lock: RunLock): Promise<boolean> =>
  lock.check().then(
    () => true,
    (error: unknown) => {
      if (error instanceof DatabaseError) return false;
      throw error;
    },
  );
