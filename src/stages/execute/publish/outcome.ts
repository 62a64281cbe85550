/**
 * COMMIT, and what became of it. A connection that is lost while COMMIT is under way says nothing: whether it arrived is
 * read from what the transaction itself wrote, once the session that was to carry it out has ended.
 */
import { DatabaseError, type Session } from "../../../domain/contracts/database.ts";
import { errorOf } from "../../../domain/diagnostic.ts";
import { literal, type Sql, sql } from "../../../domain/sql.ts";
import { isConnectionLoss, isSilence } from "../../../domain/sqlstate.ts";
import type { RunContext } from "../run-context.ts";
import { type Published, refused } from "./published.ts";

export type CommitRequest = {
  /** Answers with a row when the transaction was committed. */
  readonly evidence: Sql;
  /** For how long a server that answers, and cannot say yet, is asked again. */
  readonly patienceMs: number;
};

type Asking = Pick<RunContext, "database" | "runId" | "bookkeeping" | "emit" | "clock" | "sleep">;

/** Undefined when it was committed. */
export const commit = async (
  run: Asking,
  session: Session,
  { evidence, patienceMs }: CommitRequest,
): Promise<Published | undefined> => {
  try {
    await session.step(sql`commit`);
    return undefined;
  } catch (error) {
    if (!(error instanceof DatabaseError) || !isConnectionLoss(error.sqlstate)) throw error;
    run.emit({ kind: "note", message: "the connection was lost at COMMIT: asking the server what became of it" });
    const isCommitted = await askUntilKnown(run, session.backendPid, evidence, patienceMs);
    if (isCommitted === undefined) return { ...refused([notKnownYet(run)]), kind: "unknown" };
    if (!isCommitted) throw error;
    run.emit({ kind: "note", message: "the connection was lost at COMMIT, which the server carried out: published" });
    return undefined;
  }
};

const PAUSE_MS = 200;

/**
 * A server that starts again refuses to be spoken to for a moment, then says that it recovers. One that nobody hears of
 * for longer may never come back, and whoever waits here cannot bring it back.
 */
const SILENCE_MS = 10_000;

/** Undefined when the server did not answer in time. */
const askUntilKnown = async (
  run: Asking,
  backendPid: number,
  evidence: Sql,
  patienceMs: number,
): Promise<boolean | undefined> => {
  const until = run.clock() + patienceMs;
  let heardAt = run.clock();
  for (;;) {
    try {
      const answer = await ask(run, backendPid, evidence);
      if (answer !== undefined) return answer;
      heardAt = run.clock();
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error;
      if (!isSilence(error.sqlstate)) heardAt = run.clock();
    }
    if (run.clock() > Math.min(until, heardAt + SILENCE_MS)) return undefined;
    await run.sleep(PAUSE_MS);
  }
};

/**
 * As long as the session lives, COMMIT may still be on its way or under way. Ending it interrupts no commit that has
 * begun; after its end, what is there is final.
 */
const ask = (run: Asking, backendPid: number, evidence: Sql): Promise<boolean | undefined> =>
  run.database.withSession("read", async (session) => {
    const alive = await session.rows(
      sql`select pg_terminate_backend(pid) from pg_stat_activity where pid = ${literal(backendPid)} and application_name like ${literal(`galley/${run.runId}/%`)}`,
    );
    return alive.length > 0 ? undefined : (await session.rows(evidence)).length > 0;
  });

const notKnownYet = ({ runId, bookkeeping }: Asking) =>
  errorOf(
    "execute/outcome-unknown",
    `the connection was lost at COMMIT, and the server has not answered since: whether run ${runId} was published is not known yet`,
    {
      help: `\`galley retry\` finds out and goes on if it was not; or ask the server: select published_at from ${bookkeeping}.runs where run_id = '${runId}'`,
    },
  );
