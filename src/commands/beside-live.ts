/**
 * The work of a check in schemas of its own beside live: emptied before, cancelled by a Ctrl-C, and taken away whatever
 * happens, by a session that no cancel has hit.
 */
import type { Session } from "../domain/contracts/database.ts";
import { DatabaseError } from "../domain/contracts/database.ts";
import { cancelOnAbort } from "../stages/execute/cancel.ts";
import { dropRelations, dropSchema } from "../stages/execute/drop-relations.ts";
import type { RunContext } from "../stages/execute/run-context.ts";

export type BesideLive = { readonly schemas: readonly string[]; readonly lockTimeoutMs: number };

export const besideLive = async <T>(
  run: RunContext,
  beside: BesideLive,
  work: (session: Session) => Promise<T>,
): Promise<T> => {
  const { database, signal, sleep } = run;
  return leavingNothing(run, beside, () =>
    cancelOnAbort({ cancelRunning: database.cancelRunning, signal, sleep }, () =>
      database.withSession("model", async (session) => {
        await takeAway(run, session, beside);
        return work(session);
      }),
    ),
  );
};

/** Around work that sees to its own cancelling: what it cancels must have ended before the last statements are sent. */
export const leavingNothing = async <T>(run: Tidying, beside: BesideLive, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } finally {
    await tidyUp(run, beside);
  }
};

type Tidying = Pick<RunContext, "database" | "sleep" | "emit">;

/** What an earlier check left, or what this one made; what somebody made depend on it stays, without harm. */
export const takeAway = async (
  { sleep }: Pick<RunContext, "sleep">,
  session: Session,
  { schemas, lockTimeoutMs }: BesideLive,
): Promise<void> => {
  await dropRelations(session, { schemas, lockTimeoutMs, attempts: 1, sleep, kept: new Set() });
  for (const schema of schemas) await dropSchema(session, schema, lockTimeoutMs);
};

/** The work's own ending is what counts; what stays is said, and goes with the next check or `galley clean`. */
const tidyUp = async (run: Tidying, beside: BesideLive): Promise<void> => {
  try {
    await run.database.withSession("durable", (session) => takeAway(run, session, beside));
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    run.emit({
      kind: "note",
      message: `what the check built beside live stays (${error.message}): galley clean takes it away`,
    });
  }
};
