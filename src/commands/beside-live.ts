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
  try {
    return await cancelOnAbort({ cancelRunning: database.cancelRunning, signal, sleep }, () =>
      database.withSession("model", async (session) => {
        await takeAway(run, session, beside);
        return work(session);
      }),
    );
  } finally {
    await tidyUp(run, beside);
  }
};

/** What an earlier check left, or what this one made; what somebody made depend on it stays, without harm. */
const takeAway = async (
  { sleep }: RunContext,
  session: Session,
  { schemas, lockTimeoutMs }: BesideLive,
): Promise<void> => {
  await dropRelations(session, { schemas, lockTimeoutMs, attempts: 1, sleep, kept: new Set() });
  for (const schema of schemas) await dropSchema(session, schema, lockTimeoutMs);
};

/** The work's own ending is what counts; what stays is said, and goes with the next check or `galley clean`. */
const tidyUp = async (run: RunContext, beside: BesideLive): Promise<void> => {
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
