/** What a publish is asked, and how it can end. */
import type { Session } from "../../../domain/contracts/database.ts";
import { type Diagnostic, errorOf, type Outcome } from "../../../domain/diagnostic.ts";
import { type ExitCode, exitOf } from "../../../domain/exit-code.ts";
import type { LockTable } from "../../../domain/lock-table.ts";
import type { Plan } from "../../../domain/plan.ts";
import type { RunLock } from "../locks.ts";
import type { TestReport } from "../test-report.ts";

export type PublishRequest = {
  readonly plan: Plan;
  readonly lock: RunLock;
  readonly report: TestReport;
  readonly lockTimeoutMs: number;
  readonly publishTimeoutMs: number;
  readonly oldSnapshotWaitMs: number;
  /** Refuse, instead of warn, when an old snapshot does not go away. */
  readonly readers: "strict" | "warn";
  /** Plans again on what stands now: what is new on the relations that are replaced is carried too, or is a refusal. */
  readonly planAgain: (session: Session) => Promise<Outcome<Plan>>;
  readonly lockTable: (session: Session) => Promise<LockTable>;
  /** What its COMMIT makes true: that the run is published, or that a part of it is. */
  readonly completes: "run" | "part";
};

export type Published =
  | {
      readonly kind: "published";
      readonly relations: number;
      readonly lockedMs: number;
      readonly waitedMs: number;
      readonly attempts: number;
      /** When it went in more than one transaction: from the first COMMIT until the last, in the server's time. */
      readonly mixed?: { readonly batches: number; readonly from: string; readonly until: string };
    }
  | Refused;

export type Refused = {
  /** `unknown`: COMMIT was sent, and nobody could be asked what became of it; `partly`: live is of two days. */
  readonly kind: "refused" | "unknown" | "partly";
  readonly exit: ExitCode;
  readonly diagnostics: readonly Diagnostic[];
};

export const refused = (diagnostics: readonly Diagnostic[]): Refused => ({
  kind: "refused",
  exit: exitOf(diagnostics),
  diagnostics,
});

export const cancelled = (): Refused =>
  refused([errorOf("execute/cancelled", "cancelled before publish: live is unchanged")]);
