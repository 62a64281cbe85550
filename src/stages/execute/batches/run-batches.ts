/**
 * Builds the rows of a microbatch model: each batch in a transaction and on a session of its own, tried again by itself.
 * What is done is known from the record that is written with the rows. One that fails does not stop the others.
 */
import { type Window, windowText } from "../../../domain/batch.ts";
import type { BatchPlan } from "../../../domain/build-steps.ts";
import { DatabaseError, type Session } from "../../../domain/contracts/database.ts";
import { databaseDiagnostic } from "../../../domain/database-diagnostic.ts";
import { type Diagnostic, errorOf } from "../../../domain/diagnostic.ts";
import type { RelationName } from "../../../domain/names.ts";
import type { BuildTask } from "../../../domain/plan.ts";
import { type Sql, sql } from "../../../domain/sql.ts";
import { SQLSTATE } from "../../../domain/sqlstate.ts";
import { countOf } from "../../../lib/duration.ts";
import type { Gate } from "../../../lib/gate.ts";
import { setLocal } from "../node-settings.ts";
import { retried } from "../retry-step.ts";
import type { RunContext } from "../run-context.ts";
import { batchQuery, columnNames, type Into, insertBatch, recordBatch, recordedBatches } from "./batch-sql.ts";

export type MadeBatches =
  | { readonly kind: "made"; readonly rows: number }
  | { readonly kind: "failed"; readonly diagnostics: readonly Diagnostic[] };

export type BatchRequest = {
  readonly task: BuildTask;
  readonly plan: BatchPlan;
  /** Made before, without rows. */
  readonly table: RelationName;
  readonly comment: Sql;
  /** All batches of the run go through it. */
  readonly gate: Gate;
};

export const runBatches = async (run: RunContext, session: Session, request: BatchRequest): Promise<MadeBatches> => {
  const { plan, task, gate } = request;
  const done = await doneOf(run, session, task);
  const into = await intoOf(session, request);
  if (!into.columns.includes(plan.eventTime) && plan.windows.length > 0)
    return { kind: "failed", diagnostics: [noTimeOf(task, plan)] };
  let rows = [...done.values()].reduce((sum, n) => sum + n, 0);
  const failed: Failed[] = [];
  const build = async (window: Window): Promise<void> => {
    if (run.signal.aborted) return;
    const built = await gate(() => oneBatch(run, request, window, into));
    if (built.kind === "made") rows += built.rows;
    else failed.push({ window, diagnostic: built.diagnostic });
  };
  const open = plan.windows.filter((window) => !done.has(window.start.getTime()));
  // Of a first build the first batch is made of another query, by which the others may go.
  const alone = plan.first !== undefined && open[0] === plan.windows[0] ? 1 : 0;
  for (const window of plan.isConcurrent ? open.slice(0, alone) : open) {
    await build(window);
    if (failed.length > 0 && !plan.isConcurrent) break;
  }
  if (plan.isConcurrent) await allOf(open.slice(alone).map(build));
  const left = open.length - failed.length;
  return failed.length === 0 ? { kind: "made", rows } : { kind: "failed", diagnostics: toldOf(task, failed, left) };
};

/** Nothing goes on when it has ended, also where one throws. */
const allOf = async (works: readonly Promise<void>[]): Promise<void> => {
  for (const ended of await Promise.allSettled(works)) if (ended.status === "rejected") throw ended.reason;
};

const doneOf = async (run: RunContext, session: Session, { node }: BuildTask): Promise<ReadonlyMap<number, number>> =>
  new Map((await session.rows(recordedBatches(run, node))).map((r) => [Number(r["start"]), Number(r["rows"])]));

/** The table may have a column that the query does not give, and the query one that the table does not take. */
const intoOf = async (session: Session, { table, plan }: BatchRequest): Promise<Into> => {
  const [window] = plan.windows;
  if (window === undefined) return { table, columns: [] };
  const { columns: given } = await session.table(
    sql`select * from (\n${batchQuery(plan, window)}\n) as described limit 0`,
  );
  const taken = (await session.rows(columnNames(table))).map((row) => row["name"] ?? "");
  return { table, columns: taken.filter((name) => given.includes(name)) };
};

type Failed = { readonly window: Window; readonly diagnostic: Diagnostic };

type MadeBatch =
  | { readonly kind: "made"; readonly rows: number }
  | { readonly kind: "failed"; readonly diagnostic: Diagnostic };

const oneBatch = async (run: RunContext, request: BatchRequest, window: Window, into: Into): Promise<MadeBatch> => {
  const { task } = request;
  const subject = `${task.node}, batch ${windowText(window)}`;
  try {
    return await retried(run, "model", subject, async (session, attempt) => {
      // The COMMIT whose answer was lost may have come to pass.
      const earlier = attempt === 1 ? undefined : (await doneOf(run, session, task)).get(window.start.getTime());
      return earlier === undefined ? makeBatch(run, session, request, window, into) : { kind: "made", rows: earlier };
    });
  } catch (error) {
    if (!(error instanceof DatabaseError) || isCancelled(run, error)) throw error;
    return { kind: "failed", diagnostic: databaseDiagnostic(error, "execute/sql-error", subject, task.at) };
  }
};

const isCancelled = ({ signal }: RunContext, { sqlstate }: DatabaseError): boolean =>
  sqlstate === SQLSTATE.queryCanceled && signal.aborted;

const makeBatch = async (
  run: RunContext,
  session: Session,
  { task, plan, comment }: BatchRequest,
  window: Window,
  into: Into,
): Promise<MadeBatch> => {
  const results = await session.run(sql`begin;${setLocal(task)} ${insertBatch(plan, window, into, comment)}`);
  const counted = results.at(-1)?.rows[0];
  const [rows, outside] = [Number(counted?.["rows"]), Number(counted?.["outside"])];
  await session.run(outside > 0 ? sql`rollback` : sql`${recordBatch(run, task.node, plan, window, rows)}; commit`);
  return outside === 0
    ? { kind: "made", rows }
    : { kind: "failed", diagnostic: outsideOf(task, plan, window, outside) };
};

const noTimeOf = ({ node, at }: BuildTask, { eventTime }: BatchPlan): Diagnostic =>
  errorOf("execute/outside-batch", `${node}: the query gives no column ${eventTime}, its event_time`, {
    at,
    help: "select it, or name in `event_time` the column that says to which batch a row belongs",
  });

const outsideOf = ({ node, at }: BuildTask, { eventTime }: BatchPlan, window: Window, outside: number): Diagnostic =>
  errorOf(
    "execute/outside-batch",
    `${node}, batch ${windowText(window)}: ${countOf(outside, "row has", "rows have")} another ${eventTime}, or none`,
    {
      at,
      help: `a batch makes the rows of its own time: give ${eventTime} as the inputs have it, or take a batch_size that spans what the query joins together`,
    },
  );

/** Enough to see what is wrong; of a thousand that fail alike the rest are named together. */
const SHOWN = 3;

const toldOf = ({ node, at }: BuildTask, failed: readonly Failed[], left: number): readonly Diagnostic[] => {
  const inOrder = [...failed].sort((a, b) => a.window.start.getTime() - b.window.start.getTime());
  const more = inOrder.slice(SHOWN).map(({ window }) => windowText(window));
  const summary = `${node}: ${countOf(more.length, "more batch", "more batches")} failed: ${more.join(", ")}`;
  const shown = inOrder.slice(0, SHOWN).map(({ diagnostic }) => diagnostic);
  const help = `${countOf(left, "other batch", "other batches")} of the run did not fail`;
  return more.length === 0 ? shown : [...shown, errorOf("execute/batches-failed", summary, { at, help })];
};
