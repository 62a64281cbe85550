/** The server's table of locks. All its sessions share it, and when it is full all of them fail. */

export type LockTable = {
  /** `max_locks_per_transaction`. */
  readonly perTransaction: number;
  /** What the server promises to hold: that, for each connection and prepared transaction it allows. */
  readonly promised: number;
  /** Entries of other sessions, just now. */
  readonly inUse: number;
};

/** What one publish may take: half of what is promised, less what others hold. */
export const lockBudget = ({ promised, inUse }: LockTable): number => Math.max(0, Math.floor(promised / 2) - inUse);
