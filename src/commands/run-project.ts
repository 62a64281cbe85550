/** `build`, `run` and `seed`: the sentence of a run, from the files on disk to relations on live. */
import { setTimeout as sleep } from "node:timers/promises";
import { ok } from "../domain/diagnostic.ts";
import type { RunState } from "../domain/event.ts";
import { type ExitCode, exitOf, worstExit } from "../domain/exit-code.ts";
import { keyOf } from "../domain/manifest.ts";
import { bookkeepingSchema, nodeId } from "../domain/names.ts";
import type { Connection } from "../postgres/connect.ts";
import { execute } from "../stages/execute/execute.ts";
import { type RunLock, withRunLock } from "../stages/execute/locks.ts";
import { finishRun, insertRun } from "../stages/execute/records.ts";
import type { RunContext } from "../stages/execute/run-context.ts";
import { prepareWorkspaces } from "../stages/execute/workspace.ts";
import type { CommandContext, CommandResult } from "./context.ts";
import { gitSha } from "./git-sha.ts";
import type { RunInput } from "./inputs.ts";
import { loadSeedNode } from "./load-seed.ts";
import { refusedWith, tell } from "./open-project.ts";
import { type Prepared, prepare, type RunVerb, readsOf, schemasOf } from "./prepare.ts";
import { planOn, publishOn, removeOld } from "./publish-run.ts";
import { bringRawUpToDate } from "./raw.ts";
import { withDatabase } from "./with-database.ts";
import { writeCompiled } from "./write-compiled.ts";

export const runProject = async (context: CommandContext, input: RunInput, verb: RunVerb): Promise<CommandResult> => {
  const startedAt = performance.now();
  const prepared = await prepare(context, input, verb);
  tell(context, prepared);
  if (!prepared.ok) return { exitCode: exitOf(prepared.diagnostics), value: undefined };
  await writeCompiled(prepared.value.project.root, prepared.value.manifest, prepared.value.compiled);
  const result = await withDatabase(context, prepared.value, input, "writes", (connection) =>
    runOn(context, input, verb, prepared.value, connection),
  );
  const exitCode = result.exitCode;
  context.emit({ kind: "run_finished", state: stateOf(exitCode), exitCode, ms: performance.now() - startedAt });
  return { exitCode, value: undefined };
};

const stateOf = (exit: ExitCode): RunState => {
  if (exit === 0) return "succeeded";
  if (exit === 130 || exit === 143) return "cancelled";
  return exit === 6 ? "refused" : "failed";
};

const runOn = async (
  context: CommandContext,
  input: RunInput,
  verb: RunVerb,
  prepared: Prepared,
  connection: Connection,
): Promise<CommandResult> => {
  const { manifest, selection, inRun } = prepared;
  const { target } = manifest;
  const bookkeeping = bookkeepingSchema(target.schemaPrefix);
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
  const writes = schemasOf(manifest, inRun);
  const lockRequest = { writes, reads: schemasOf(manifest, readsOf(prepared)), runId: context.runId, bookkeeping };
  const outcome = await withRunLock(connection.database, lockRequest, async (lock) => {
    const run = runContext(context, prepared, connection);
    const facts = {
      projectName: manifest.projectName,
      target: target.name,
      command: verb,
      args: { select: input.select, exclude: input.exclude, writes },
      gitSha: await gitSha(prepared.project.root),
      version: context.version,
    };
    await run.database.withSession("durable", (session) => session.run(insertRun(run, facts)));
    const exit = await runLocked(context, input, verb, prepared, connection, run, lock);
    await run.database.withSession("durable", (session) => session.run(finishRun(run, stateOf(exit))));
    return ok(exit);
  });
  if (!outcome.ok) return { exitCode: refusedWith(context, outcome.diagnostics), value: undefined };
  return { exitCode: outcome.value, value: undefined };
};

const runContext = (context: CommandContext, { manifest }: Prepared, { database }: Connection): RunContext => ({
  database,
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

const runLocked = async (
  context: CommandContext,
  input: RunInput,
  verb: RunVerb,
  prepared: Prepared,
  connection: Connection,
  run: RunContext,
  lock: RunLock,
): Promise<ExitCode> => {
  const { manifest, inRun } = prepared;
  const rejects = input.allowsRejects ? "allowed" : "refused";
  const raw = await bringRawUpToDate(context, prepared, connection, verb, rejects);
  if (raw.kind === "stopped") return raw.exit;
  const planned = await planOn(prepared, connection);
  tell(context, planned);
  if (!planned.ok) return exitOf(planned.diagnostics);
  const schemas = schemasOf(manifest, inRun);
  const workspaces = { schemas, lockTimeoutMs: manifest.target.lockTimeoutMs };
  const made = await prepareWorkspaces(run, workspaces);
  if (!made.ok) return refusedWith(context, made.diagnostics);
  const executed = await execute(run, {
    plan: planned.value,
    loadSeed: loadSeedNode(prepared.project.root),
    keyOf: (id) => keyOf(manifest.nodes.get(nodeId(id))),
    isFailFast: input.isFailFast,
    shuffle: undefined,
  });
  if (!executed.isClean || context.signal.aborted) return worstExit([raw.exit, ...executed.exits]);
  const exit = await publishOn(context, prepared, connection, run, lock, planned.value);
  if (exit === 0) await removeOld(context, run, workspaces);
  return worstExit([raw.exit, exit]);
};
