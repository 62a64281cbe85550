/** Which incremental models and histories of a run take only their new rows, and why the others are built whole. */

import type { DeltaStep } from "../../domain/build-steps.ts";
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import { type BuiltNode, isTest, type Manifest, type ModelNode } from "../../domain/manifest.ts";
import { deltaOf, type NodeId, relationKey, workspaceOf } from "../../domain/names.ts";
import { authored } from "../../domain/sql.ts";
import { laterBatches } from "./batch-plan.ts";
import { historyStep } from "./histories.ts";
import type { PlanRequest } from "./request.ts";

export type Incrementals = {
  readonly deltas: ReadonlyMap<NodeId, DeltaStep>;
  /** Of those that are built whole, why. */
  readonly whole: ReadonlyMap<NodeId, string>;
  readonly diagnostics: readonly Diagnostic[];
};

export const planIncrementals = (request: PlanRequest, built: readonly BuiltNode[]): Incrementals => {
  const deltas = new Map<NodeId, DeltaStep>();
  const whole = new Map<NodeId, string>();
  const diagnostics: Diagnostic[] = [];
  for (const node of built) {
    const history = node.kind === "snapshot" ? historyStep(request, node) : undefined;
    if (history !== undefined) deltas.set(node.id, history);
    if (node.kind !== "model" || !request.materializations[node.config.materialized].takesDeltas) continue;
    diagnostics.push(...cannotMerge(request, node));
    const reason = wholeBecause(request, node);
    const query = request.compiled.models.get(node.id)?.later;
    if (reason !== undefined || query === undefined) {
      whole.set(node.id, reason ?? "first build");
      continue;
    }
    const step: DeltaStep = {
      ...node.config.incremental,
      query,
      batches: laterBatches(request, node),
      live: node.relation,
      overlay: { schema: workspaceOf(node.relation.schema), name: node.relation.name },
      delta: deltaOf(node.relation),
      key: isByKey(node) ? node.config.uniqueKey : [],
      predicates: node.config.incremental.predicates.map((p) => authored(p.value, { span: p.span, calledFrom: [] })),
      foreignKeys: node.constraints.flatMap((c) =>
        c.kind === "foreign_key" && isMade(request.manifest, c.to) ? [c.name] : [],
      ),
    };
    deltas.set(node.id, step);
    diagnostics.push(...cannotDelete(request, node));
  }
  return { deltas, whole, diagnostics };
};

/** A prefixed copy makes no foreign keys to sources. */
const isMade = ({ nodes, target }: Manifest, to: NodeId): boolean =>
  target.schemaPrefix === "" || nodes.get(to)?.kind !== "source";

/** Undefined: what stands on live was published for this model as an incremental one, and takes new rows. */
const wholeBecause = ({ catalog, incrementals }: PlanRequest, node: ModelNode): string | undefined => {
  const key = relationKey(node.relation);
  const live = catalog.relations.get(key);
  if (live === undefined || live.recordedFor !== node.id) return "first build";
  const kind = catalog.recorded.find((r) => relationKey(r.name) === key)?.kind;
  if (live.kind !== "table" || kind !== "incremental")
    return `first build: it was a ${kind?.replace("_", " ") ?? live.kind}`;
  if (node.config.fullRefresh === true) return "full refresh, as its config says";
  return incrementals === "whole" && node.config.fullRefresh !== false ? "full refresh" : undefined;
};

/** Append replaces nothing, microbatch what lies within its windows. */
const isByKey = ({ config: { incremental } }: ModelNode): boolean =>
  incremental.strategy !== "append" && incremental.strategy !== "microbatch";

const MERGE_SINCE = 150_000;

/** Said of the first build too, which could do without: the next one could not. */
const cannotMerge = ({ catalog }: PlanRequest, { config, at, name }: ModelNode): readonly Diagnostic[] =>
  config.incremental.strategy === "merge" && catalog.serverVersion < MERGE_SINCE
    ? [
        errorOf("plan/strategy-refused", `${name} merges, and the server knows MERGE only from version 15`, {
          at,
          help: "set `incremental_strategy: upsert`: with a key it does the same",
        }),
      ]
    : [];

const cannotDelete = (
  { catalog, manifest }: PlanRequest,
  { config, relation, at, name }: ModelNode,
): readonly Diagnostic[] => {
  const { strategy } = config.incremental;
  if (strategy !== "delete_insert" && strategy !== "microbatch") return [];
  const workspaces = new Set(
    [...manifest.nodes.values()].map((n) => (isTest(n) ? "" : workspaceOf(n.relation.schema))),
  );
  return catalog.dependents
    .filter((d) => d.kind === "foreign key" && relationKey(d.on) === relationKey(relation))
    .filter((d) => d.relation === undefined || !workspaces.has(d.relation.schema))
    .map((d) =>
      errorOf("plan/strategy-refused", `${name} deletes rows to which the foreign key ${d.name} refers`, {
        at,
        help: "the delete would take those rows with it, or fail: set `incremental_strategy: upsert`, which updates rows in place",
      }),
    );
};
