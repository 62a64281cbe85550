/** Whether a publish fits into the server's table of locks: one that did not would be an outage for every session. */
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import { type LockTable, lockBudget } from "../../domain/lock-table.ts";

export const overBudget = (needed: number, table: LockTable): readonly Diagnostic[] => {
  if (needed <= lockBudget(table)) return [];
  return [
    errorOf(
      "plan/lock-budget",
      `publishing takes up to ${needed} locks, and ${lockBudget(table)} may be taken: ${shown(table)}`,
      { help: `${raising(needed, table)}; or select less` },
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
