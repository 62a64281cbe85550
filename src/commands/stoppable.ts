/** Work on a database that ends when the command is told to stop: what runs there is cancelled until nothing runs. */
import type { Database } from "../domain/contracts/database.ts";

/** A cancellation can fall between two statements, so it is sent again. */
const AGAIN_AFTER_MS = 250;

export const stoppable = async <T>(
  signal: AbortSignal,
  database: Pick<Database, "cancelRunning">,
  work: () => Promise<T>,
): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const cancel = (): void => void database.cancelRunning().catch(() => undefined);
  const stop = (): void => {
    cancel();
    timer = setInterval(cancel, AGAIN_AFTER_MS);
  };
  if (signal.aborted) stop();
  else signal.addEventListener("abort", stop, { once: true });
  try {
    return await work();
  } finally {
    signal.removeEventListener("abort", stop);
    clearInterval(timer);
  }
};
