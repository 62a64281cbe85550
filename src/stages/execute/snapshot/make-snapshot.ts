/**
 * The data of a snapshot, in one transaction that sees what is watched at one moment: its rules, then all first versions
 * as a table, or the changes as a delta with a view over live and delta under the snapshot's name. Live is only read.
 */

import type { SnapshotStep } from "../../../domain/build-steps.ts";
import type { Session } from "../../../domain/contracts/database.ts";
import type { Diagnostic } from "../../../domain/diagnostic.ts";
import { deltaOf } from "../../../domain/names.ts";
import type { BuildTask } from "../../../domain/plan.ts";
import type { Rule } from "../../../domain/rule.ts";
import { joinSql, literal, relation, type Sql, sql } from "../../../domain/sql.ts";
import { expectOf, readCounts } from "../delta/build-delta.ts";
import { columnsOf, readColumns } from "../delta/columns.ts";
import { countDelta, createOverlay } from "../delta/delta-sql.ts";
import { runHooks, type TimedHooks } from "../hooks.ts";
import { setLocal } from "../node-settings.ts";
import { misfits } from "./fit.ts";
import { readShape } from "./shape.ts";
import { changedVersions, firstVersions } from "./versions-sql.ts";

export type MadeSnapshot =
  /** `rows`: versions that begin. */
  | { readonly kind: "made"; readonly rows: number }
  | { readonly kind: "violated"; readonly rules: readonly Rule[] }
  | { readonly kind: "failed"; readonly diagnostics: readonly Diagnostic[] };

/** `end` is run last, within the transaction. */
export const makeSnapshot = async (
  session: Session,
  task: BuildTask,
  step: SnapshotStep,
  hooks: TimedHooks,
  end: Sql,
): Promise<MadeSnapshot> => {
  await session.step(sql`begin isolation level repeatable read;${setLocal(task)}`);
  try {
    const made = await withHooks(session, task, hooks, () => versions(session, task, step));
    await session.step(made.kind === "made" ? sql`${end}; commit` : sql`rollback`);
    return made;
  } catch (error) {
    await session.step(sql`rollback`).catch(() => undefined);
    throw error;
  }
};

const withHooks = async (
  session: Session,
  task: BuildTask,
  hooks: TimedHooks,
  make: () => Promise<MadeSnapshot>,
): Promise<MadeSnapshot> => {
  const pre = await runHooks(session, hooks.pre, task);
  if (pre.length > 0) return { kind: "failed", diagnostics: pre };
  const made = await make();
  const post = made.kind === "made" ? await runHooks(session, hooks.post, task) : [];
  return post.length > 0 ? { kind: "failed", diagnostics: post } : made;
};

const versions = async (session: Session, task: BuildTask, step: SnapshotStep): Promise<MadeSnapshot> => {
  const delta = deltaOf(task.relation);
  const shape = await readShape(session, step, delta);
  const diagnostics = misfits(task, step, shape);
  if (diagnostics.length > 0) return { kind: "failed", diagnostics };
  const rules = await broken(session, step.rules);
  if (rules.length > 0) return { kind: "violated", rules };
  const { watched, history } = shape;
  const { later } = step;
  if (later === undefined || history === undefined) {
    const results = await session.step(firstVersions(step, task.workspace));
    return { kind: "made", rows: results[0]?.rowCount ?? 0 };
  }
  await session.step(changedVersions(step, later.live, { watched, history }, delta));
  const described = await session.step(sql`analyze ${relation(delta)}; ${columnsOf(later.live, delta)}`);
  const columns = readColumns(described[1]?.rows ?? []);
  await session.step(createOverlay(later, { live: columns.first, delta: columns.second }));
  await session.step(await expectOf(session, later));
  const counts = readCounts((await session.rows(countDelta(later)))[0]);
  return { kind: "made", rows: counts.rows - counts.replaced };
};

const broken = async (session: Session, rules: readonly Rule[]): Promise<readonly Rule[]> => {
  const checks = rules.map((rule, i) => sql`exists (${rule.violations ?? sql`select where false`}) as r${literal(i)}`);
  const results = await session.step(sql`select ${joinSql(checks, sql`, `)}`);
  const row = results[0]?.rows[0] ?? {};
  return rules.filter((_, i) => row[`r${i}`] === "t");
};
