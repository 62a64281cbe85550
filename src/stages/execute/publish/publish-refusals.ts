/** Why a publish did not come about, or goes on with a warning, in words. */
import { type Diagnostic, errorOf, warningOf } from "../../../domain/diagnostic.ts";
import type { LockTable } from "../../../domain/lock-table.ts";
import type { Holder } from "./old-snapshots.ts";

export const inUse = (holders: readonly Holder[], publishTimeoutMs: number): Diagnostic =>
  errorOf(
    "execute/publish-timeout",
    `live was in use for ${Math.round(publishTimeoutMs / 1000)} s${named(holders)}; nothing was published`,
    {
      help: "end those sessions, or run again at a quieter time; `publish_timeout` of the target sets how long is tried",
    },
  );

/** A table that the key refers to, or that has it, was written to all the time. */
export const keyInUse = (key: string, publishTimeoutMs: number): Diagnostic =>
  errorOf(
    "execute/publish-timeout",
    `${key} could not be made: for ${Math.round(publishTimeoutMs / 1000)} s somebody was writing to one of its tables; nothing was published`,
    {
      help: "end those transactions, or run again at a quieter time; `publish_timeout` of the target sets how long is tried",
    },
  );

export const lockTableFull = (needed: number, table: LockTable): Diagnostic =>
  errorOf(
    "execute/lock-table-full",
    `publishing takes up to ${needed} locks, and others have taken ${table.inUse} of the ${table.promised} that the server promises: nothing was published`,
    {
      help: "`galley retry` publishes when they have let go; `max_locks_per_transaction` of the server makes more room",
    },
  );

const named = (holders: readonly Holder[]): string =>
  holders.length === 0
    ? ""
    : ` by ${holders.map((h) => `${h.application || "a session"} (process ${h.pid})`).join(", ")}`;

export const nameTaken = (name: string, kind: string): Diagnostic =>
  errorOf("execute/name-taken", `the ${kind} ${name} already stands on live and does not belong to what is replaced`, {
    help: "rename or drop it, or give the model's index or constraint another name",
  });

export const oldSnapshot = (holders: readonly Holder[], readers: "strict" | "warn"): Diagnostic => {
  const open = `a transaction older than this build is still open${named(holders)}`;
  const message =
    readers === "strict"
      ? `${open}, and would read replaced tables as empty: nothing was published`
      : `${open}: it reads replaced tables as empty`;
  const help = "end it, or set old_snapshot_wait of the target to wait longer";
  return readers === "strict"
    ? errorOf("execute/old-snapshot", message, { help })
    : warningOf("execute/old-snapshot", message, { help });
};
