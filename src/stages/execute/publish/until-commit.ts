/**
 * A stop that comes before COMMIT is sent cancels what publish does on the server; one that comes later is too late, and
 * what runs from then on is not touched.
 */
import { cancelOnAbort } from "../cancel.ts";
import type { RunContext } from "../run-context.ts";
import { makeWaits, type Waits } from "./waits.ts";

/** A run whose signal speaks only until `passCommit`. */
export type UntilCommit = RunContext & { readonly passCommit: () => void; readonly waits: Waits };

export const stoppableUntilCommit = async <T>(run: RunContext, use: (run: UntilCommit) => Promise<T>): Promise<T> => {
  const stop = new AbortController();
  const onAbort = (): void => stop.abort();
  const passCommit = (): void => run.signal.removeEventListener("abort", onAbort);
  if (run.signal.aborted) stop.abort();
  else run.signal.addEventListener("abort", onAbort, { once: true });
  const { signal } = stop;
  try {
    return await cancelOnAbort({ cancelRunning: run.database.cancelRunning, signal, sleep: run.sleep }, () =>
      use({ ...run, signal, passCommit, waits: makeWaits(run) }),
    );
  } finally {
    passCommit();
  }
};
