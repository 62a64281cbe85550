/** Which windows a microbatch model builds: from its config, the run's time and what was published before. All times are UTC. */
import type { BatchSize, Window } from "../../domain/batch.ts";
import type { MicrobatchConfig } from "../../domain/config.ts";
import { unreachable } from "../../domain/unreachable.ts";

export type WindowRequest = {
  readonly config: Pick<MicrobatchConfig, "begin" | "size" | "lookback">;
  readonly now: Date;
  /** When the rows that stand were read; undefined: none stand, or all are built anew. */
  readonly lastRead: Date | undefined;
  /** What the command line asks for, in place of all that. */
  readonly asked: Window | undefined;
};

/** In order and without gaps. */
export const batchWindows = ({ config, now, lastRead, asked }: WindowRequest): readonly Window[] => {
  const { begin, size, lookback } = config;
  if (asked !== undefined) return cut(asked.start, asked.end, size);
  const first = lastRead === undefined ? begin : latest(begin, since(lastRead, now, size, lookback));
  return cut(first, next(batchOf(now, size), size), size);
};

/**
 * `lookback` batches before the one that is on now, as dbt has it. Where runs were left out, as many before the one after
 * the last run's: then a row is found, whenever it comes within `lookback - 1` batches after its time, whatever the schedule.
 */
const since = (lastRead: Date, now: Date, size: BatchSize, lookback: number): Date =>
  earliest(moved(batchOf(now, size), size, -lookback), moved(batchOf(lastRead, size), size, Math.min(0, 1 - lookback)));

const cut = (from: Date, to: Date, size: BatchSize): readonly Window[] => {
  const windows: Window[] = [];
  for (let start = batchOf(from, size); start < to; start = next(start, size))
    windows.push({ start, end: next(start, size) });
  return windows;
};

const next = (start: Date, size: BatchSize): Date => moved(start, size, 1);

/** The start of the batch that holds a time. */
const batchOf = (time: Date, size: BatchSize): Date => {
  const [year, month, day] = [time.getUTCFullYear(), time.getUTCMonth(), time.getUTCDate()];
  switch (size) {
    case "hour":
      return new Date(Date.UTC(year, month, day, time.getUTCHours()));
    case "day":
      return new Date(Date.UTC(year, month, day));
    case "month":
      return new Date(Date.UTC(year, month));
    case "year":
      return new Date(Date.UTC(year, 0));
    default:
      return unreachable(size);
  }
};

/** From the start of a batch to that of another; a month is as long as it is. */
const moved = (start: Date, size: BatchSize, by: number): Date => {
  const [year, month, day] = [start.getUTCFullYear(), start.getUTCMonth(), start.getUTCDate()];
  switch (size) {
    case "hour":
      return new Date(Date.UTC(year, month, day, start.getUTCHours() + by));
    case "day":
      return new Date(Date.UTC(year, month, day + by));
    case "month":
      return new Date(Date.UTC(year, month + by));
    case "year":
      return new Date(Date.UTC(year + by, 0));
    default:
      return unreachable(size);
  }
};

const earliest = (a: Date, b: Date): Date => (a < b ? a : b);
const latest = (a: Date, b: Date): Date => (a < b ? b : a);
