/**
 * From an abort on, cancels what runs on the server, again and again until all has ended: a session that was between two
 * statements, or just being opened, begins its next one after the first cancel.
 */
import type { Database } from "../../domain/contracts/database.ts";

export type Cancelling = Pick<Database, "cancelRunning"> & {
  readonly signal: AbortSignal;
  readonly sleep: (ms: number) => Promise<void>;
};

const PAUSE_MS = 100;

export const cancelOnAbort = async <T>(
  { cancelRunning, signal, sleep }: Cancelling,
  use: () => Promise<T>,
): Promise<T> => {
  let isOver = false;
  let cancelling: Promise<void> | undefined;
  const cancel = async (): Promise<void> => {
    while (!isOver) {
      await cancelRunning().catch(() => undefined);
      if (!isOver) await sleep(PAUSE_MS);
    }
  };
  const onAbort = (): void => {
    cancelling = cancel();
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await use();
  } finally {
    isOver = true;
    signal.removeEventListener("abort", onAbort);
    // Whatever comes next must not be hit by a cancel that is still under way.
    await cancelling;
  }
};
