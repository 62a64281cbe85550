/** When a run's events stand in target/events.jsonl. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { eventsFile } from "../../../src/plugins/reporters/events-file.ts";
import { makeProject } from "../../support/project.ts";
import { publishedRun } from "../../support/recorded-run.ts";

test("events reach the file when the clock ticks, though no other event comes, and the rest at the end", async () => {
  await using project = await makeProject({});
  let tick: (() => void) | undefined;
  const every = (_: number, run: () => void): (() => void) => {
    tick = run;
    return () => {
      tick = undefined;
    };
  };
  const troubles: Error[] = [];
  const reporter = eventsFile(join(project.root, "target/events.jsonl"), { nowMs: () => 0, every }, (error) =>
    troubles.push(error),
  );
  const kinds = async (): Promise<readonly string[]> =>
    (await project.read("target/events.jsonl"))
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line).kind);
  const begin = publishedRun.findIndex(({ event }) => event.kind === "run_started") + 1;
  const all = publishedRun.map(({ event }) => event.kind);
  const told = (from: number, to: number): void => {
    for (const event of publishedRun.slice(from, to)) reporter.onEvent(event);
  };
  told(0, begin);
  expect(await kinds()).toEqual(all.slice(0, begin));
  told(begin, begin + 3);
  tick?.();
  expect(await kinds()).toEqual(all.slice(0, begin + 3));
  told(begin + 3, publishedRun.length);
  await reporter.close(0);
  expect(await kinds()).toEqual(all);
  expect({ tick, troubles }).toEqual({ tick: undefined, troubles: [] });
});
