/** `build`, `run` and `seed`: the sentence of a run, from the files on disk to relations on live. */
import { setTimeout as sleep } from "node:timers/promises";
import { ok } from "../domain/diagnostic.ts";
import type { RunState } from "../domain/event.ts";
import { type ExitCode, exitOf, worstExit } from "../domain/exit-code.ts";
import { keyOf } from "../domain/manifest.ts";
import { bookkeepingSchema, nodeId } from "../domain/names.ts";
import { execute } from "../stages/execute/execute.ts";
import { type RunLock, withRunLock } from "../stages/execute/locks.ts";
import { finishRun, insertRun } from "../stages/execute/records.ts";
import type { RunContext } from "../stages/execute/run-context.ts";
import { prepareWorkspaces } from "../stages/execute/workspace.ts";
import { liveReads } from "../stages/plan/live-reads.ts";
import type { CommandContext, CommandResult } from "./context.ts";
import { gitSha } from "./git-sha.ts";
import type { RunInput } from "./inputs.ts";
import { loadSeedNode } from "./load-seed.ts";
import { refusedWith, tell } from "./open-project.ts";
import { type ProjectRun, prepare, type RunVerb, schemasOf } from "./prepare.ts";
import { planOn, publishOn, removeOld } from "./publish-run.ts";
import { bringRawUpToDate } from "./raw.ts";
import { listenForWarnings } from "./warnings.ts";
import { withDatabase } from "./with-database.ts";
import { writeCompiled } from "./write-compiled.ts";

export const runProject = async (outer: CommandContext, input: RunInput, verb: RunVerb): Promise<CommandResult> => {
  const startedAt = performance.now();
  const { context, hasWarned } = listenForWarnings(outer);
  const isRefusedByWarnings = (): boolean => input.isWarnError && hasWarned();
  const prepared = await prepare(context, input, verb);
  tell(context, prepared);
  if (!prepared.ok) return { exitCode: exitOf(prepared.diagnostics), value: undefined };
  if (isRefusedByWarnings()) return { exitCode: 1, value: undefined };
  await writeCompiled(prepared.value.project.root, prepared.value.manifest, prepared.value.compiled);
  const result = await withDatabase(context, prepared.value, input, "writes", (connection) =>
    runOn({ context, input, verb, prepared: prepared.value, connection, isRefusedByWarnings }),
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

const runOn = async (work: ProjectRun): Promise<CommandResult> => {
  const { context, verb, prepared, connection } = work;
  const { manifest, selection, inRun } = prepared;
  const { target } = manifest;
  const count = (kind: string): number => selection.nodes.filter((id) => manifest.nodes.get(id)?.kind === kind).length;
  context.emit({
    kind: "run_started",
    command: verb,
    project: manifest.projectName,
    target: target.name,
    threads: target.threads,
    models: count("model"),
    seeds: count("seed"),
    tests: count("data-test"),
  });
  const reads = liveReads(manifest, prepared.compiled, inRun).schemas;
  const lockRequest = {
    writes: schemasOf(manifest, inRun),
    reads,
    runId: context.runId,
    bookkeeping: bookkeepingSchema(target.schemaPrefix),
    patience: { ...runContext(work), waitMs: work.input.lockWaitMs },
  };
  const outcome = await withRunLock(connection.database, lockRequest, async (lock) => ok(await recorded(work, lock)));
  if (!outcome.ok) return { exitCode: refusedWith(context, outcome.diagnostics), value: undefined };
  return { exitCode: outcome.value, value: undefined };
};

/** The run stands in the bookkeeping from its start to its end, so that a later one can tell what became of it. */
const recorded = async (work: ProjectRun, lock: RunLock): Promise<ExitCode> => {
  const { context, input, verb, prepared } = work;
  const { manifest, project, inRun } = prepared;
  const run = runContext(work);
  const facts = {
    projectName: manifest.projectName,
    target: manifest.target.name,
    command: verb,
    args: { select: input.select, exclude: input.exclude, writes: schemasOf(manifest, inRun) },
    gitSha: await gitSha(project.root),
    version: context.version,
  };
  await run.database.withSession("durable", (session) => session.run(insertRun(run, facts)));
  const exit = await buildAndPublish(work, run, lock);
  await run.database.withSession("durable", (session) => session.run(finishRun(run, stateOf(exit, context.signal))));
  return exit;
};

const runContext = ({ context, prepared: { manifest }, connection }: ProjectRun): RunContext => ({
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
});

const buildAndPublish = async (work: ProjectRun, run: RunContext, lock: RunLock): Promise<ExitCode> => {
  const { context, input, verb, prepared, connection } = work;
  const { manifest, inRun, project } = prepared;
  const raw = await bringRawUpToDate(context, prepared, connection, verb, input.allowsRejects ? "allowed" : "refused");
  if (raw.kind === "stopped") return raw.exit;
  const planned = await planOn(prepared, connection, input);
  tell(context, planned);
  if (!planned.ok) return exitOf(planned.diagnostics);
  const schemas = schemasOf(manifest, inRun);
  const others = schemasOf(manifest, manifest.nodes.keys()).filter((schema) => !schemas.includes(schema));
  const workspaces = { schemas, others, lock, lockTimeoutMs: manifest.target.lockTimeoutMs };
  const made = await prepareWorkspaces(run, workspaces);
  if (!made.ok) return refusedWith(context, made.diagnostics);
  const executed = await execute(run, {
    plan: planned.value,
    loadSeed: loadSeedNode(project.root),
    keyOf: (id) => keyOf(manifest.nodes.get(nodeId(id))),
    isFailFast: input.isFailFast,
    shuffle: undefined,
  });
  if (context.signal.aborted) return worstExit([3, ...executed.exits]);
  if (!executed.isClean) return worstExit([raw.exit, ...executed.exits]);
  if (work.isRefusedByWarnings()) return 1;
  const exit = await publishOn(work, run, lock, planned.value);
  if (exit === 0) await removeOld(context, run, workspaces);
  return worstExit([raw.exit, exit]);
};
