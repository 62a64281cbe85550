/** Runs a node's or a run's hooks, a statement a message; what the database says of one is told at the hook's own line. */
import { DatabaseError, type Session } from "../../domain/contracts/database.ts";
import { databaseDiagnostic } from "../../domain/database-diagnostic.ts";
import type { Diagnostic } from "../../domain/diagnostic.ts";
import type { CompiledHook, NodeHooks, RunOutcome } from "../../domain/hooks.ts";
import type { BuildTask } from "../../domain/plan.ts";
import { literal, type Sql, sql } from "../../domain/sql.ts";
import { isNoFault, SQLSTATE } from "../../domain/sqlstate.ts";
import type { RunContext } from "./run-context.ts";
import { commentOf } from "./task-sql.ts";

/** A node's hooks by the time at which they run: around its transactions, and in the one of its data. */
export type TimedHooks = {
  readonly before: readonly CompiledHook[];
  readonly pre: readonly CompiledHook[];
  readonly post: readonly CompiledHook[];
  readonly after: readonly CompiledHook[];
};

export const timed = ({ pre, post }: NodeHooks<CompiledHook>): TimedHooks => ({
  before: pre.filter((hook) => !hook.isInTransaction),
  pre: pre.filter((hook) => hook.isInTransaction),
  post: post.filter((hook) => hook.isInTransaction),
  after: post.filter((hook) => !hook.isInTransaction),
});

/** What stopped them, if anything did: then a transaction that was open is rolled back. Throws where the server was not to blame. */
export const runHooks = (
  session: Session,
  hooks: readonly CompiledHook[],
  task: BuildTask,
): Promise<readonly Diagnostic[]> => {
  const help = isOverView(task) ? ADVICE_FOR_VIEW : undefined;
  return runAll(session, hooks, { subject: task.node, comment: commentOf(task), help });
};

/** `this` is the view on all rows as they will be. */
const isOverView = ({ data }: BuildTask): boolean =>
  data.kind === "delta" || (data.kind === "snapshot" && data.snapshot.later !== undefined);

const ADVICE_FOR_VIEW =
  "where only new rows are taken, `{{this}}` is a view of all rows as they will be, which can be read and not changed: declare `indexes`, and let the model's query say which rows there are";

type HookPlace = { readonly subject: string; readonly comment: Sql; readonly help: string | undefined };

const runAll = async (
  session: Session,
  hooks: readonly CompiledHook[],
  { subject, comment, help }: HookPlace,
): Promise<readonly Diagnostic[]> => {
  for (const hook of hooks) {
    for (const statement of hook.statements) {
      try {
        await session.run(sql`${comment}${statement}`);
      } catch (error) {
        if (!(error instanceof DatabaseError) || isNoFault(error.sqlstate)) throw error;
        const told = databaseDiagnostic(error, "execute/hook-failed", `a hook of ${subject}`, hook.at);
        return [help !== undefined && isOfWrongKind(error) ? { ...told, help } : told];
      }
    }
  }
  return [];
};

/** What a table takes and a view does not: an index, a change of rows or columns. */
const isOfWrongKind = ({ sqlstate }: DatabaseError): boolean =>
  sqlstate === SQLSTATE.wrongObjectType || sqlstate === SQLSTATE.objectNotInPrerequisiteState;

export const runStartHooks = (
  run: Pick<RunContext, "database">,
  hooks: readonly CompiledHook[],
): Promise<readonly Diagnostic[]> => ofRun(run, hooks, sql``);

/** When all has ended, whatever came of it: `{{run_outcome}}` says what. */
export const runEndHooks = (
  run: Pick<RunContext, "database">,
  hooks: readonly CompiledHook[],
  outcome: RunOutcome,
): Promise<readonly Diagnostic[]> => ofRun(run, hooks, sql`set galley.run_outcome = ${literal(outcome)}`);

const ofRun = async (
  { database }: Pick<RunContext, "database">,
  hooks: readonly CompiledHook[],
  first: Sql,
): Promise<readonly Diagnostic[]> => {
  if (hooks.length === 0) return [];
  try {
    return await database.withSession("hooks", async (session) => {
      if (first.pieces.length > 0) await session.run(first);
      return runAll(session, hooks, { subject: "the run", comment: sql``, help: undefined });
    });
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    return [databaseDiagnostic(error, "execute/hook-failed", "a hook of the run", hooks[0]?.at)];
  }
};
