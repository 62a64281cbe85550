/** The transaction of a node's data: hooks, rows by whatever way they come, and the record that they are there. */

import { batchesOf } from "../../domain/build-steps.ts";
import type { QueryResult, Session } from "../../domain/contracts/database.ts";
import type { Outcome } from "../../domain/diagnostic.ts";
import type { SeedNode } from "../../domain/manifest.ts";
import type { RelationName } from "../../domain/names.ts";
import type { BuildTask } from "../../domain/plan.ts";
import type { Rule } from "../../domain/rule.ts";
import { joinSql, type Sql, sql } from "../../domain/sql.ts";
import { unreachable } from "../../domain/unreachable.ts";
import { askOfComments, commentStatements, warnOfComments } from "./comments.ts";
import { type MadeDelta, makeDelta } from "./delta/build-delta.ts";
import { runHooks, type TimedHooks } from "./hooks.ts";
import { setLocal } from "./node-settings.ts";
import { makePartitioned } from "./partitions/make-partitioned.ts";
import { insertNode } from "./records.ts";
import type { RunContext } from "./run-context.ts";
import { makeSnapshot } from "./snapshot/make-snapshot.ts";
import { analyzeOf, commentOf, isDoneWithData } from "./task-sql.ts";

/** Creates the seed's table and fills it, within a transaction that is open; handed in, because another stage reads files. */
export type LoadSeed = (
  session: Session,
  seed: SeedNode,
  into: RelationName,
) => Promise<Outcome<{ readonly rows: number }>>;

type Made = MadeDelta | { readonly kind: "violated"; readonly rules: readonly Rule[] };

export const makeData = async (
  run: RunContext,
  session: Session,
  task: BuildTask,
  hooks: TimedHooks,
  loadSeed: LoadSeed,
): Promise<Made> => {
  const isDone = isDoneWithData(task);
  const begin = sql`begin;${setLocal(task)}`;
  const comments = isDone ? commentStatements(task) : [];
  const records = joinSql([...comments, insertNode(run, task, isDone ? "built" : "data")], sql`;\n`);
  const last = sql`${records}${isDone ? analyzeOf(task) : sql``}`;
  const end = sql`commit${isDone ? askOfComments(task) : sql``}`;
  const told = (results: readonly QueryResult[]): void => {
    if (isDone) warnOfComments(run, task, results);
  };
  const { data } = task;
  if (data.kind === "snapshot") return makeSnapshot(session, task, data.snapshot, hooks, last);
  if (data.kind === "statements" && hooks.pre.length + hooks.post.length === 0) {
    const results = await session.run(sql`${begin} ${dataOf(task, data.statements)};\n${last}; ${end}`);
    told(results);
    return { kind: "made", rows: task.isAnalyzed ? rowsOf(results) : undefined };
  }
  await session.run(begin);
  const made = await stepByStep(run, session, task, hooks, loadSeed);
  if (made.kind === "made") told(await session.run(sql`${last}; ${end}`));
  else await session.run(sql`rollback`);
  return made;
};

/** Within the transaction that is open: hooks one by one, so that what stops them has a place. */
const stepByStep = async (
  run: RunContext,
  session: Session,
  task: BuildTask,
  hooks: TimedHooks,
  loadSeed: LoadSeed,
): Promise<Made> => {
  const pre = await runHooks(session, hooks.pre, task);
  if (pre.length > 0) return { kind: "failed", diagnostics: pre };
  const made = await load(run, session, task, loadSeed);
  if (made.kind !== "made" || batchesOf(task.data) !== undefined) return made;
  const post = await runHooks(session, hooks.post, task);
  return post.length > 0 ? { kind: "failed", diagnostics: post } : made;
};

const load = async (run: RunContext, session: Session, task: BuildTask, loadSeed: LoadSeed): Promise<Made> => {
  const { data } = task;
  switch (data.kind) {
    case "seed": {
      const loaded = await loadSeed(session, data.seed, task.workspace);
      if (!loaded.ok) return { kind: "failed", diagnostics: loaded.diagnostics };
      for (const diagnostic of loaded.warnings) run.emit({ kind: "diagnostic", diagnostic });
      return { kind: "made", rows: loaded.value.rows };
    }
    case "statements": {
      const results = await session.run(dataOf(task, data.statements));
      return { kind: "made", rows: task.isAnalyzed ? rowsOf(results) : undefined };
    }
    case "partitioned":
      return makePartitioned(session, task, data);
    case "batches":
      await session.run(dataOf(task, data.create));
      return { kind: "made", rows: undefined };
    case "delta":
      return makeDelta(session, task, data.step, commentOf(task));
    case "snapshot":
      throw new Error(`${task.node}: a snapshot is not made by statements alone`);
    default:
      return unreachable(data);
  }
};

const dataOf = (task: BuildTask, statements: readonly Sql[]): Sql =>
  joinSql(
    statements.map((s) => sql`${commentOf(task)}${s}`),
    sql`;\n`,
  );

/** CREATE TABLE AS answers with SELECT and the number of rows. */
const rowsOf = (results: readonly QueryResult[]): number | undefined =>
  results.find((r) => r.command === "SELECT")?.rowCount;
