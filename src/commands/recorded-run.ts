/** Work that writes and is no build: it holds the locks of its schemas, and stands in the bookkeeping from start to end. */
import { setTimeout as sleep } from "node:timers/promises";
import { ok } from "../domain/diagnostic.ts";
import type { RunState } from "../domain/event.ts";
import type { ExitCode } from "../domain/exit-code.ts";
import { bookkeepingSchema } from "../domain/names.ts";
import type { Connection } from "../postgres/connect.ts";
import { withRunLock } from "../stages/execute/locks.ts";
import { finishRun, insertRun } from "../stages/execute/records.ts";
import type { RunContext } from "../stages/execute/run-context.ts";
import type { CommandContext } from "./context.ts";
import { gitSha } from "./git-sha.ts";
import type { SelectInput } from "./inputs.ts";
import { type OpenProject, refusedWith } from "./open-project.ts";

export type RecordedRequest = {
  readonly command: string;
  readonly selection: SelectInput;
  readonly writes: readonly string[];
};

export const recordedRun = async (
  context: CommandContext,
  { manifest, project }: OpenProject,
  { database }: Connection,
  { command, selection: { select, exclude }, writes }: RecordedRequest,
  work: (run: RunContext) => Promise<ExitCode>,
): Promise<ExitCode> => {
  const { target, projectName } = manifest;
  const { runId, signal } = context;
  const bookkeeping = bookkeepingSchema(target.schemaPrefix);
  const facts = {
    projectName,
    target: target.name,
    command,
    args: { select, exclude, writes },
    gitSha: await gitSha(project.root),
    version: context.version,
  };
  const lock = { writes, reads: [], runId, bookkeeping, patience: "none" } as const;
  const outcome = await withRunLock(database, lock, async (held) => {
    const run = runOf(context, manifest, database, () => held.check());
    await database.withSession("durable", (session) => session.run(insertRun(run, facts)));
    let exit: ExitCode = 1;
    try {
      exit = await work(run);
      return ok(exit);
    } finally {
      await database.withSession("durable", (session) => session.run(finishRun(run, endState(exit, signal))));
    }
  });
  return outcome.ok ? outcome.value : refusedWith(context, outcome.diagnostics);
};

const runOf = (
  { runId, emit, signal }: CommandContext,
  { projectName, target }: OpenProject["manifest"],
  database: Connection["database"],
  checkLock: () => Promise<void>,
): RunContext => ({
  database,
  runId,
  projectName,
  bookkeeping: bookkeepingSchema(target.schemaPrefix),
  threads: target.threads,
  emit,
  signal,
  clock: () => performance.now(),
  random: Math.random,
  sleep: (ms) => sleep(ms),
  retries: target.retries,
  checkLock,
});

export const endState = (exit: ExitCode, signal: AbortSignal): RunState => {
  if (exit === 0) return "succeeded";
  return signal.aborted ? "cancelled" : "failed";
};
