/**
 * Foreign keys from the workspace to relations outside the run: added NOT VALID under a short lock_timeout and validated
 * in the next transaction, so that writers of raw pass. A run that ends unpublished drops them again: a workspace that is
 * kept must guard nothing.
 */
import { DatabaseError, type Session } from "../../../domain/contracts/database.ts";
import { databaseDiagnostic } from "../../../domain/database-diagnostic.ts";
import { type ExitCode, exitOf } from "../../../domain/exit-code.ts";
import type { LeavingForeignKey } from "../../../domain/publish-plan.ts";
import { literal, type Sql, sql } from "../../../domain/sql.ts";
import { isConstraintViolation, SQLSTATE } from "../../../domain/sqlstate.ts";
import { cancelOnAbort } from "../cancel.ts";
import { holds } from "../holds.ts";
import type { RunContext } from "../run-context.ts";
import type { TestReport } from "../test-report.ts";
import { keyInUse } from "./publish-refusals.ts";
import type { UntilCommit } from "./until-commit.ts";

type Limits = { readonly lockTimeoutMs: number; readonly publishTimeoutMs: number; readonly report: TestReport };

/** The exit codes that its failures ask for. */
export const makeLeavingKeys = (
  run: UntilCommit,
  keys: readonly LeavingForeignKey[],
  limits: Limits,
): Promise<readonly ExitCode[]> => {
  if (keys.length === 0) return Promise.resolve([]);
  const { cancelRunning, withSession } = run.database;
  return cancelOnAbort({ cancelRunning, signal: run.signal, sleep: run.sleep }, () =>
    withSession("model", async (session) => {
      const exits: ExitCode[] = [];
      for (const key of keys) if (!run.signal.aborted) exits.push(...(await makeKey(run, session, key, limits)));
      return exits;
    }),
  );
};

const makeKey = async (
  run: UntilCommit,
  session: Session,
  key: LeavingForeignKey,
  limits: Limits,
): Promise<readonly ExitCode[]> => {
  const { constraint } = key;
  try {
    const isAdded = await isMadeWithoutViolation(() => addUnderShortLock(run, session, constraint.change.sql, limits));
    if (isAdded && (key.validate === undefined || (await holds(session, key.validate)))) return [];
    await limits.report.violation(session, constraint, 0, []);
    return [1];
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    if (error.sqlstate === SQLSTATE.queryCanceled && run.signal.aborted) return [];
    const subject = `foreign key ${constraint.name}`;
    const diagnostic =
      error.sqlstate === SQLSTATE.lockNotAvailable
        ? keyInUse(subject, limits.publishTimeoutMs)
        : databaseDiagnostic(error, "execute/sql-error", subject, constraint.at);
    run.emit({ kind: "diagnostic", diagnostic });
    return [exitOf([diagnostic])];
  }
};

/** False: the rows say no at once, as those of a partitioned table do, which is not NOT VALID for a while. */
const isMadeWithoutViolation = async (make: () => Promise<void>): Promise<boolean> => {
  try {
    await make();
    return true;
  } catch (error) {
    if (error instanceof DatabaseError && isConstraintViolation(error.sqlstate)) return false;
    throw error;
  }
};

/** A writer of raw with an open transaction holds this up, and must not hold up those behind it. */
export const addUnderShortLock = (
  run: UntilCommit,
  session: Session,
  change: Sql,
  limits: Omit<Limits, "report">,
): Promise<void> => run.waits.forLock(session, () => addUntil(run, session, change, limits));

const addUntil = async (
  run: RunContext,
  session: Session,
  change: Sql,
  limits: Omit<Limits, "report">,
): Promise<void> => {
  const until = run.clock() + limits.publishTimeoutMs;
  for (;;) {
    try {
      await session.run(sql`begin; set local lock_timeout = ${literal(limits.lockTimeoutMs)}; ${change}; commit`);
      return;
    } catch (error) {
      const isLocked = error instanceof DatabaseError && error.sqlstate === SQLSTATE.lockNotAvailable;
      if (!isLocked || run.clock() > until || run.signal.aborted) throw error;
      await run.sleep(20 + run.random() * limits.lockTimeoutMs);
    }
  }
};

export const dropLeavingKeys = async (run: RunContext, keys: readonly LeavingForeignKey[]): Promise<void> => {
  if (keys.length === 0) return;
  await run.database
    .withSession("model", async (session) => {
      for (const key of keys) await session.run(key.drop).catch(() => undefined);
    })
    // The server may be what failed; the next run clears the workspace before anything else.
    .catch(() => undefined);
};
