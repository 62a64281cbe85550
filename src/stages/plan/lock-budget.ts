/** Whether a publish fits into the server's table of locks: one that did not would be an outage for every session. */
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import { type LockTable, lockBudget } from "../../domain/lock-table.ts";
import type { PublishPart } from "../../domain/publish-plan.ts";

export const overBudget = (
  parts: readonly PublishPart[],
  table: LockTable,
  publish: "all" | "batches",
): readonly Diagnostic[] => {
  const needed = Math.max(0, ...parts.map(({ locks }) => locks));
  if (needed <= lockBudget(table)) return [];
  const what = publish === "all" ? "publishing takes" : "what must be published at one moment takes";
  const otherwise =
    publish === "all"
      ? "or select less; or set `publish: batches` in project.yml, and live is mixed for a moment"
      : "or select less";
  return [
    errorOf(
      "plan/lock-budget",
      `${what} up to ${needed} locks, and ${lockBudget(table)} may be taken: ${shown(table)}`,
      { help: `${raising(needed, table)}; ${otherwise}` },
    ),
  ];
};

const shown = ({ promised, inUse }: LockTable): string =>
  `half of the ${promised} that the server promises${inUse === 0 ? "" : `, less ${inUse} in use`}`;

/** Rounded to what people write into a configuration. */
const raising = (needed: number, { perTransaction, promised, inUse }: LockTable): string => {
  const connections = promised / perTransaction;
  const wanted = Math.ceil((2 * (needed + inUse)) / connections / 64) * 64;
  return `raise max_locks_per_transaction of the server (now ${perTransaction}) to ${wanted}, which takes a restart`;
};
