/** What every part of execution works with: the database, who this run is, and whom to tell. */
import type { Database } from "../../domain/contracts/database.ts";
import type { Emit } from "../../domain/event.ts";

export type RunContext = {
  readonly database: Database;
  readonly runId: string;
  readonly projectName: string;
  /** The schema of Galley's own tables. */
  readonly bookkeeping: string;
  readonly threads: number;
  readonly emit: Emit;
  /** Aborted by the user, or by the first failure under --fail-fast. */
  readonly signal: AbortSignal;
  /** Milliseconds of a clock that only goes forward. */
  readonly clock: () => number;
  readonly random: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** How often a step is tried again. */
  readonly retries: number;
  /** Throws DatabaseError when the run's lock is gone: then nothing more may be written. */
  readonly checkLock: () => Promise<void>;
};
