/** Collects a run's events into what progress and the report speak of: counts so far, and what they will mention. */
import type { RunEvent } from "../../domain/event.ts";

export type EventOf<K extends RunEvent["kind"]> = Extract<RunEvent, { kind: K }>;

export type RunLog = {
  readonly started: EventOf<"run_started"> | undefined;
  readonly finished: EventOf<"run_finished"> | undefined;
  readonly nodes: readonly EventOf<"node_finished">[];
  readonly tests: readonly EventOf<"test_finished">[];
  readonly sources: readonly EventOf<"freshness_checked">[];
  readonly rawLoads: readonly EventOf<"raw_loaded">[];
  readonly migrations: readonly EventOf<"migration_applied">[];
  readonly waits: readonly EventOf<"publish_waiting">[];
  readonly publish: EventOf<"publish_finished"> | undefined;
};

export type RunLogWriter = { readonly add: (event: RunEvent) => void; readonly read: () => RunLog };

export const newRunLog = (): RunLogWriter => {
  const nodes: EventOf<"node_finished">[] = [];
  const tests: EventOf<"test_finished">[] = [];
  const sources: EventOf<"freshness_checked">[] = [];
  const rawLoads: EventOf<"raw_loaded">[] = [];
  const migrations: EventOf<"migration_applied">[] = [];
  const waits: EventOf<"publish_waiting">[] = [];
  let started: RunLog["started"];
  let finished: RunLog["finished"];
  let publish: RunLog["publish"];
  return {
    add: (event) => {
      if (event.kind === "node_finished") nodes.push(event);
      else if (event.kind === "test_finished") tests.push(event);
      else if (event.kind === "freshness_checked") sources.push(event);
      else if (event.kind === "raw_loaded") rawLoads.push(event);
      else if (event.kind === "migration_applied") migrations.push(event);
      else if (event.kind === "publish_waiting") waits.push(event);
      else if (event.kind === "run_started") started = event;
      else if (event.kind === "publish_finished") publish = event;
      else if (event.kind === "run_finished") finished = event;
    },
    read: () => ({ started, finished, nodes, tests, sources, rawLoads, migrations, waits, publish }),
  };
};

/** Finished and planned, for `3 of 12`. */
export const progressOf = ({ started, nodes, tests }: RunLog): { readonly done: number; readonly all: number } => {
  const done = nodes.length + tests.length;
  const planned = started === undefined ? 0 : started.models + started.seeds + started.snapshots + started.tests;
  return { done, all: Math.max(done, planned) };
};
