/** One outcome for each planned node and test: a fold of the run's events. */
import type { Diagnostic } from "./diagnostic.ts";
import type { RunEvent, RunState } from "./event.ts";
import type { NodeId } from "./names.ts";

type Of<K extends RunEvent["kind"]> = Extract<RunEvent, { kind: K }>;

export type RunResult = {
  readonly state: RunState;
  readonly exitCode: number;
  readonly ms: number;
  readonly nodes: ReadonlyMap<NodeId, Of<"node_finished">>;
  readonly tests: ReadonlyMap<NodeId, Of<"test_finished">>;
  readonly sources: ReadonlyMap<NodeId, Of<"freshness_checked">>;
  readonly rawLoads: readonly Of<"raw_loaded">[];
  readonly migrations: readonly Of<"migration_applied">[];
  readonly publish: Of<"publish_finished"> | undefined;
  readonly diagnostics: readonly Diagnostic[];
};

/** Events that never came to an end are those of a run that failed. */
export const foldEvents = (events: readonly RunEvent[]): RunResult => {
  const nodes = new Map<NodeId, Of<"node_finished">>();
  const tests = new Map<NodeId, Of<"test_finished">>();
  const sources = new Map<NodeId, Of<"freshness_checked">>();
  const rawLoads: Of<"raw_loaded">[] = [];
  const migrations: Of<"migration_applied">[] = [];
  const diagnostics: Diagnostic[] = [];
  let publish: Of<"publish_finished"> | undefined;
  let end: Of<"run_finished"> | undefined;
  for (const event of events) {
    if (event.kind === "node_finished") nodes.set(event.node, event);
    else if (event.kind === "test_finished") tests.set(event.test, event);
    else if (event.kind === "freshness_checked") sources.set(event.source, event);
    else if (event.kind === "raw_loaded") rawLoads.push(event);
    else if (event.kind === "migration_applied") migrations.push(event);
    else if (event.kind === "diagnostic") diagnostics.push(event.diagnostic);
    else if (event.kind === "publish_finished") publish = event;
    else if (event.kind === "run_finished") end = event;
  }
  return {
    state: end?.state ?? "failed",
    exitCode: end?.exitCode ?? 3,
    ms: end?.ms ?? 0,
    nodes,
    tests,
    sources,
    rawLoads,
    migrations,
    publish,
    diagnostics,
  };
};
