/** One node of the run as a task: the statements of its data, then indexes and constraints, then its tests. */

import type { BatchPlan, DataStep, DeltaStep } from "../../domain/build-steps.ts";
import type { CompiledModel, CompiledTest } from "../../domain/compiled.ts";
import { noHooks } from "../../domain/hooks.ts";
import { type BuiltNode, isBuilt, type Manifest, type ModelNode, type SnapshotNode } from "../../domain/manifest.ts";
import { type NodeId, type RelationName, relationKey, workspaceOf } from "../../domain/names.ts";
import { type BuildTask, taskId } from "../../domain/plan.ts";
import type { ConstraintStep } from "../../domain/rule.ts";
import type { Sql } from "../../domain/sql.ts";
import { hashOf } from "../../lib/hash.ts";
import { batchRemark, contractedBatches, firstBatches, withoutRows } from "./batch-plan.ts";
import { commentsOf, NO_COMMENTS } from "./comments.ts";
import { constraintSteps } from "./constraint-steps.ts";
import { contractedQuery, contractOf } from "./contracts.ts";
import { byConstraints } from "./declared-tests.ts";
import { uniqueChecks } from "./delta-checks.ts";
import { testsOfAll, testsOfDelta } from "./delta-tests.ts";
import type { PlannedForeignKeys } from "./foreign-keys.ts";
import { missingIndexes } from "./histories.ts";
import type { Incrementals } from "./incremental.ts";
import { indexSteps } from "./index-steps.ts";
import type { PlanRequest } from "./request.ts";
import { snapshotStep } from "./snapshot-step.ts";

export type OfRun = {
  readonly incrementals: Incrementals;
  readonly foreignKeys: PlannedForeignKeys;
  readonly tests: ReadonlyMap<NodeId, readonly CompiledTest[]>;
  readonly inputs: ReadonlyMap<NodeId, string>;
};

export const buildTask = (request: PlanRequest, node: BuiltNode, ofRun: OfRun): BuildTask => {
  const step = ofRun.incrementals.deltas.get(node.id);
  if (step === undefined || node.kind === "seed") return wholeTask(request, node, ofRun);
  return node.kind === "model" ? deltaTask(request, node, step, ofRun) : historyTask(request, node, ofRun);
};

/** What is declared stands on live since the first build; its rows are judged on the view over all of them. */
const historyTask = (request: PlanRequest, node: SnapshotNode, ofRun: OfRun): BuildTask => ({
  ...wholeTask(request, node, ofRun),
  action: ACTIONS.history,
  remarks: missingIndexes(node, request.catalog).map(({ name }) => `makes index ${name}`),
  comments: NO_COMMENTS,
  constraints: [],
  isAnalyzed: false,
  inputs: hashOf(ofRun.inputs.get(node.id) ?? "", "delta"),
});

const wholeTask = (request: PlanRequest, node: BuiltNode, ofRun: OfRun): BuildTask => {
  const { incrementals, foreignKeys, tests, inputs } = ofRun;
  const { compiled, catalog, materializations } = request;
  const materialization = materializations[node.kind === "model" ? node.config.materialized : "table"];
  const relationKind = materialization.relationKind ?? "table";
  const workspace = { schema: workspaceOf(node.relation.schema), name: node.relation.name };
  const old = catalog.relations.get(relationKey(node.relation));
  const model = compiled.models.get(node.id);
  const contract = node.kind === "model" && model !== undefined ? contractOf(node, model.query) : undefined;
  const batches = node.kind === "model" ? contractedBatches(firstBatches(request, node), contract) : undefined;
  const query = contract === undefined ? model?.query : contractedQuery(contract);
  const data = dataOf(request, node, model, query, workspace, incrementals, batches);
  const reason = incrementals.whole.get(node.id);
  const ownTests = tests.get(node.id) ?? [];
  const { proved, asked } = materialization.hasConstraints
    ? byConstraints(request.manifest, node, foreignKeys, ownTests)
    : { proved: [], asked: ownTests };
  return {
    ...commonOf(request, node),
    relationKind,
    action: actionOf(old?.kind, data.kind === "partitioned" ? "partitioned table" : relationKind),
    remarks: [...(reason === undefined ? [] : [reason]), ...(batches === undefined ? [] : [batchRemark(batches)])],
    contract,
    data,
    comments: commentsOf(node),
    constraints: [
      ...(materialization.hasConstraints ? constraintSteps(node, workspace) : []),
      ...(materialization.hasIndexes ? indexSteps(node, workspace) : []),
      ...(foreignKeys.withNode.get(node.id) ?? []),
    ],
    checks: foreignKeys.checks.get(node.id) ?? [],
    standing: [],
    isAnalyzed: materialization.hasRows,
    tests: testsOfAll(request, node, asked),
    proved,
    inputs: inputs.get(node.id) ?? "",
  };
};

/** Everything declared is made of the new rows too: what it refuses is found here, and it is compared with live. */
const deltaTask = (request: PlanRequest, node: ModelNode, planned: DeltaStep, ofRun: OfRun): BuildTask => {
  const contract = contractOf(node, planned.query);
  const query = contract === undefined ? planned.query : contractedQuery(contract);
  const step = { ...planned, query, batches: contractedBatches(planned.batches, contract) };
  const constraints: readonly ConstraintStep[] = [
    ...constraintSteps(node, step.delta),
    ...indexSteps(node, step.delta),
  ];
  return {
    ...commonOf(request, node),
    relationKind: "table",
    action: ACTIONS[step.strategy],
    remarks: [
      ...(step.key.length === 0 ? [] : [`by ${step.key.join(", ")}`]),
      ...(step.batches === undefined ? [] : [batchRemark(step.batches)]),
    ],
    contract,
    data: { kind: "delta", step },
    comments: NO_COMMENTS,
    constraints,
    standing: [],
    checks: [...uniqueChecks(node, step), ...(ofRun.foreignKeys.checks.get(node.id) ?? [])],
    isAnalyzed: true,
    inputs: hashOf(ofRun.inputs.get(node.id) ?? "", "delta"),
    ...testsOfDelta(request, node, step, constraints, ofRun.tests.get(node.id) ?? []),
  };
};

const ACTIONS: Readonly<Record<DeltaStep["strategy"], string>> = {
  append: "append to table",
  upsert: "upsert into table",
  delete_insert: "delete from and insert into table",
  merge: "merge into table",
  microbatch: "replace batches of table",
  history: "add to history",
};

const commonOf = ({ compiled, selection }: PlanRequest, node: BuiltNode) => ({
  kind: "build" as const,
  id: taskId(node.id),
  node: node.id,
  at: node.at,
  relation: node.relation,
  workspace: { schema: workspaceOf(node.relation.schema), name: node.relation.name },
  materialized: node.kind === "model" ? node.config.materialized : node.kind,
  because: selection.because.get(node.id) ?? "",
  hooks: compiled.hooks.get(node.id) ?? noHooks,
  settings: node.config.settings,
  fingerprint: compiled.models.get(node.id)?.fingerprint ?? "",
});

const dataOf = (
  { compiled, materializations, manifest }: PlanRequest,
  node: BuiltNode,
  model: CompiledModel | undefined,
  query: Sql | undefined,
  workspace: RelationName,
  incrementals: Incrementals,
  batches: BatchPlan | undefined,
): DataStep => {
  if (node.kind === "seed" || model === undefined || query === undefined) return { kind: "seed", seed: seedOf(node) };
  if (node.kind === "snapshot")
    return {
      kind: "snapshot",
      snapshot: snapshotStep(node, model, compiled.startedAt, incrementals.deltas.get(node.id)),
    };
  const { partitioning, storage, materialized } = node.config;
  if (partitioning !== undefined)
    return { kind: "partitioned", query, partitioning, storage, taken: namesBeside(manifest, node) };
  const { create } = materializations[materialized];
  if (batches !== undefined)
    return { kind: "batches", create: create({ workspace, query: withoutRows(query), storage }), batches };
  return { kind: "statements", statements: create({ workspace, query, storage }) };
};

/** The other relations of its schema. */
const namesBeside = ({ nodes }: Manifest, node: BuiltNode): readonly string[] =>
  [...nodes.values()]
    .filter((other) => isBuilt(other) && other.relation.schema === node.relation.schema)
    .flatMap((other) => (isBuilt(other) ? [other.relation.name] : []));

const seedOf = (node: BuiltNode) => {
  if (node.kind !== "seed") throw new Error(`${node.id} was selected and not compiled`);
  return node;
};

const actionOf = (old: string | undefined, wanted: string): string => {
  if (old === undefined) return `create ${wanted}`;
  return old === wanted ? `replace ${wanted}` : `replace ${old} by ${wanted}`;
};
