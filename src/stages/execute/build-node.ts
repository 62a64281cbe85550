/** Builds one node in its workspace: its rows, then indexes and constraints, then ANALYZE. Says what happened as an ending. */

import { batchesOf } from "../../domain/build-steps.ts";
import type { Session, SessionPurpose } from "../../domain/contracts/database.ts";
import { DatabaseError } from "../../domain/contracts/database.ts";
import { databaseDiagnostic } from "../../domain/database-diagnostic.ts";
import type { Diagnostic } from "../../domain/diagnostic.ts";
import type { BuildTask } from "../../domain/plan.ts";
import type { Rule } from "../../domain/rule.ts";
import { sql } from "../../domain/sql.ts";
import { SQLSTATE } from "../../domain/sqlstate.ts";
import type { Gate } from "../../lib/gate.ts";
import { runBatches } from "./batches/run-batches.ts";
import { contractBroken } from "./contract.ts";
import { finish } from "./finish-node.ts";
import { runHooks, type TimedHooks, timed } from "./hooks.ts";
import { type LoadSeed, makeData } from "./make-data.ts";
import { setLocal, settingFault } from "./node-settings.ts";
import { statusOfNode } from "./records.ts";
import { retried } from "./retry-step.ts";
import type { RunContext } from "./run-context.ts";
import { commentOf, rowsAt } from "./task-sql.ts";

export type Built =
  | { readonly kind: "built"; readonly rows: number | undefined; readonly ms: number }
  /** The data break what is declared of them: these rules do not hold, these constraints could not be made. */
  | {
      readonly kind: "violated";
      readonly rows: number | undefined;
      readonly ms: number;
      readonly rules: readonly Rule[];
      /** Of others that could not be made, for another reason. */
      readonly diagnostics: readonly Diagnostic[];
    }
  | { readonly kind: "error"; readonly ms: number; readonly diagnostics: readonly Diagnostic[] }
  | { readonly kind: "cancelled"; readonly ms: number };

export const buildNode = async (
  run: RunContext,
  purpose: SessionPurpose,
  task: BuildTask,
  loadSeed: LoadSeed,
  gate: Gate,
): Promise<Built> => {
  const startedAt = run.clock();
  const elapsed = (): number => run.clock() - startedAt;
  if (run.signal.aborted) return { kind: "cancelled", ms: 0 };
  try {
    const built = await retried(run, purpose, task.node, async (session, attempt) => {
      const done = attempt === 1 ? undefined : await statusOfNode(session, run, task.node);
      return buildFrom(done, run, session, task, loadSeed, gate);
    });
    return { ...built, ms: elapsed() };
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    if (error.sqlstate === SQLSTATE.queryCanceled && run.signal.aborted) return { kind: "cancelled", ms: elapsed() };
    return {
      kind: "error",
      ms: elapsed(),
      diagnostics: [settingFault(task, error) ?? databaseDiagnostic(error, "execute/sql-error", task.node, task.at)],
    };
  }
};

/** `done` is what an earlier try has committed: that is not done again. */
const buildFrom = async (
  done: "data" | "built" | undefined,
  run: RunContext,
  session: Session,
  task: BuildTask,
  loadSeed: LoadSeed,
  gate: Gate,
): Promise<Built> => {
  const hooks = timed(task.hooks);
  const failure = (diagnostics: readonly Diagnostic[]): Built => ({ kind: "error", ms: 0, diagnostics });
  let rows: number | undefined;
  if (done === undefined) {
    const broken =
      task.contract === undefined ? [] : await contractBroken(session, task.contract, task.workspace.schema);
    if (broken.length > 0) return failure(broken);
    const before = await runHooks(session, hooks.before, task);
    if (before.length > 0) return failure(before);
    const data = await makeData(run, session, task, hooks, loadSeed);
    if (data.kind === "failed") return failure(data.diagnostics);
    if (data.kind === "violated")
      return { kind: "violated", rows: undefined, ms: 0, rules: data.rules, diagnostics: [] };
    rows = data.rows;
  }
  const plan = done === "built" ? undefined : batchesOf(task.data);
  if (plan !== undefined) {
    const request = { task, plan, table: rowsAt(task), comment: commentOf(task), gate };
    const made = await runBatches(run, session, request);
    if (made.kind === "failed") return failure(made.diagnostics);
    rows = made.rows;
    const post = run.signal.aborted ? [] : await afterBatches(session, task, hooks);
    if (post.length > 0) return failure(post);
  }
  if (run.signal.aborted) return { kind: "cancelled", ms: 0 };
  if (done !== "built") {
    const { violated, diagnostics } = await finish(run, session, task, done === "data");
    if (violated.length > 0) return { kind: "violated", rows, ms: 0, rules: violated, diagnostics };
    if (diagnostics.length > 0) return failure(diagnostics);
  }
  const after = await runHooks(session, hooks.after, task);
  return after.length > 0 ? failure(after) : { kind: "built", rows, ms: 0 };
};

/** Hooks in the transaction of the data are in the one that makes the table, and in another when all its rows are there. */
const afterBatches = async (
  session: Session,
  task: BuildTask,
  { post }: TimedHooks,
): Promise<readonly Diagnostic[]> => {
  if (post.length === 0) return [];
  await session.run(sql`begin;${setLocal(task)}`);
  const wrong = await runHooks(session, post, task);
  await session.run(wrong.length === 0 ? sql`commit` : sql`rollback`);
  return wrong;
};
