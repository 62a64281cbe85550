/**
 * A step that is tried again after what may pass by itself: a deadlock, a serialization failure, a lost connection. Each
 * try has a session of its own. Nothing is tried again without the run's lock, or while the lost session may still commit.
 */
import { DatabaseError, type Session, type SessionPurpose } from "../../domain/contracts/database.ts";
import { literal, sql } from "../../domain/sql.ts";
import { isConnectionLoss, isTransient } from "../../domain/sqlstate.ts";
import type { RunContext } from "./run-context.ts";

export type Retrying = Pick<RunContext, "database" | "retries" | "signal" | "emit" | "random" | "sleep" | "checkLock">;

/** `attempt` counts from 1. Throws what the last try threw. */
export const retried = async <T>(
  run: Retrying,
  purpose: SessionPurpose,
  subject: string,
  step: (session: Session, attempt: number) => Promise<T>,
): Promise<T> => {
  for (let attempt = 1; ; attempt++) {
    let pid: number | undefined;
    try {
      return await run.database.withSession(purpose, (session) => {
        pid = session.backendPid;
        return step(session, attempt);
      });
    } catch (error) {
      if (!(error instanceof DatabaseError) || !isTransient(error.sqlstate)) throw error;
      if (attempt > run.retries || run.signal.aborted) throw error;
      const reason = `${error.message} (${error.sqlstate})`;
      run.emit({ kind: "note", message: `retrying ${subject} after ${reason} (${attempt} of ${run.retries})` });
      await run.sleep(pauseMs(error.sqlstate, attempt, run.random));
      if (run.signal.aborted) throw error;
      await run.checkLock();
      if (pid !== undefined && isConnectionLoss(error.sqlstate)) await endSession(run, pid);
    }
  }
};

/** For reading alone: each message is a step of its own. */
export const readAgain = (run: Retrying, subject: string): Session => {
  const again = <T>(read: (session: Session) => Promise<T>): Promise<T> => retried(run, "model", subject, read);
  return {
    backendPid: 0,
    run: (statement) => again((session) => session.run(statement)),
    step: (statement) => again((session) => session.step(statement)),
    rows: (statement) => again((session) => session.rows(statement)),
    table: (statement) => again((session) => session.table(statement)),
    tables: (statement) => again((session) => session.tables(statement)),
    describe: (queries) => again((session) => session.describe(queries)),
    prepared: (name, statement, values) => again((session) => session.prepared(name, statement, values)),
    copyFrom: () => Promise.reject(new Error("a session that reads copies nothing")),
    copyTo: () => Promise.reject(new Error("a session that reads copies nothing")),
  };
};

/** Twice as long each time, and never the same, so that two that crossed do not cross again. */
const pauseMs = (sqlstate: string, attempt: number, random: () => number): number =>
  (isConnectionLoss(sqlstate) ? 1000 : 100) * 2 ** (attempt - 1) * (0.5 + random());

/** With the pause between them, about ten seconds. */
const ROUNDS_TO_DIE = 200;

/** What was lost on our side may go on in the server, and commit after we have looked. */
const endSession = ({ database }: Retrying, pid: number): Promise<void> =>
  database.withSession("model", async (session) => {
    const ended = sql`select pg_terminate_backend(pid) from pg_stat_activity where pid = ${literal(pid)} and application_name = current_setting('application_name')`;
    for (let round = 0; (await session.rows(ended)).length > 0; round++) {
      if (round >= ROUNDS_TO_DIE) throw new Error(`server process ${pid} does not end`);
      await session.run(sql`select pg_sleep(0.05)`);
    }
  });
