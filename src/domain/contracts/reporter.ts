/** The contract of plugins/reporters: who is told of a run's events and makes bytes of them. */
import type { RunEvent } from "../event.ts";

/** An event with the time at which it happened and the run that it belongs to. */
export type StampedEvent = { readonly at: Date; readonly runId: string; readonly event: RunEvent };

export type Reporter = {
  /** Called for each event in order; must not throw and must not wait. */
  readonly onEvent: (stamped: StampedEvent) => void;
  /**
   * Called after the last event, whatever happened: what was drawn is cleared away, what is open is closed. `exitCode`:
   * of the command; undefined where the process is ended before there is one. A second call has nothing to do.
   */
  readonly close: (exitCode: number | undefined) => Promise<void>;
};

/** Where a reporter writes: text goes out in the order in which it was given. */
export type Output = {
  readonly write: (text: string) => void;
  /** Undefined where there is no terminal. Asked anew each time: a window can be resized. */
  readonly columns: () => number | undefined;
  readonly hasColors: boolean;
};

export type ReporterStreams = {
  /** What was asked for: rows, lists, the report. */
  readonly out: Output;
  /** Progress and diagnostics. */
  readonly err: Output;
};
