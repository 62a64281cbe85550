/** Writes a run's events to a file, one JSON object a line: target/events.jsonl, made anew by each run. */
import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import type { Reporter, StampedEvent } from "../../domain/contracts/reporter.ts";
import { eventRecord } from "./event-record.ts";

/** Lines are collected and written in blocks: one system call for each event would be felt with thousands of tests. */
const BLOCK_CHARACTERS = 64 * 1024;
/** Whoever watches the file sees it grow. */
const LONGEST_WAIT_MS = 250;

/**
 * The file is opened when a run begins, so that a verb that only looks leaves the last run's file alone. A file that
 * cannot be written must not fail the run: `onTrouble` is told, once.
 */
export const eventsFile = (path: string, onTrouble: (error: Error) => void): Reporter => {
  let waiting = "";
  let descriptor: number | undefined;
  let isGivenUp = false;
  let flushedAt = 0;
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
      if (descriptor === undefined || waiting === "") return;
      writeSync(descriptor, waiting);
      waiting = "";
    });
  return {
    onEvent: (stamped: StampedEvent) => {
      waiting += `${JSON.stringify(eventRecord(stamped))}\n`;
      if (stamped.event.kind === "run_started")
        attempt(() => {
          mkdirSync(dirname(path), { recursive: true });
          descriptor ??= openSync(path, "w");
        });
      const isMilestone = stamped.event.kind === "run_started" || stamped.event.kind === "run_finished";
      const isDue = stamped.at.getTime() - flushedAt >= LONGEST_WAIT_MS;
      if (!isMilestone && !isDue && waiting.length < BLOCK_CHARACTERS) return;
      flushedAt = stamped.at.getTime();
      flush();
    },
    close: async () => {
      flush();
      if (descriptor !== undefined) closeSync(descriptor);
      descriptor = undefined;
    },
  };
};
