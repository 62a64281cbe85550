/** Writes a run's events to a file, one JSON object a line: target/events.jsonl, made anew by each run. */
import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import type { Reporter, StampedEvent } from "../../domain/contracts/reporter.ts";
import { eventLine } from "./event-record.ts";
import type { Ticking } from "./ticking.ts";

/** Whoever watches the file sees it grow, and a kill takes no more with it than happened since. */
const LONGEST_WAIT_MS = 250;
/** Of events that come faster than the timer is called. */
const MOST_WAITING = 10_000;

/**
 * The file is opened when a run begins, so that a verb that only looks leaves the last run's file alone. Events become
 * text when they are written, together: thousands of tests end while the next ones wait to be sent. A file that cannot
 * be written must not fail the run: `onTrouble` is told, once.
 */
export const eventsFile = (path: string, { every }: Ticking, onTrouble: (error: Error) => void): Reporter => {
  let waiting: StampedEvent[] = [];
  let descriptor: number | undefined;
  let isGivenUp = false;
  let stop: (() => void) | undefined;
  const attempt = (work: () => void): void => {
    if (isGivenUp) return;
    try {
      work();
    } catch (error) {
      isGivenUp = true;
      onTrouble(error instanceof Error ? error : new Error(String(error)));
    }
  };
  const flush = (): void =>
    attempt(() => {
      if (descriptor === undefined || waiting.length === 0) return;
      const events = waiting;
      waiting = [];
      writeSync(descriptor, events.map((stamped) => `${eventLine(stamped)}\n`).join(""));
    });
  const open = (): void =>
    attempt(() => {
      mkdirSync(dirname(path), { recursive: true });
      descriptor ??= openSync(path, "w");
      stop ??= every(LONGEST_WAIT_MS, flush);
    });
  return {
    onEvent: (stamped: StampedEvent) => {
      const { kind } = stamped.event;
      if (isGivenUp) return;
      waiting.push(stamped);
      if (kind === "run_started") open();
      const isMilestone = kind === "run_started" || kind === "run_finished";
      if (isMilestone || waiting.length >= MOST_WAITING) flush();
    },
    close: async () => {
      stop?.();
      flush();
      if (descriptor !== undefined) closeSync(descriptor);
      descriptor = undefined;
    },
  };
};
