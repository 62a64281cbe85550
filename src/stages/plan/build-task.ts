/** One node of the run as a task: the statements of its data, then indexes and constraints, then its tests. */
import type { CompiledTest } from "../../domain/compiled.ts";
import { noHooks } from "../../domain/hooks.ts";
import type { BuiltNode } from "../../domain/manifest.ts";
import { relationKey, workspaceOf } from "../../domain/names.ts";
import { type BuildTask, type ConstraintStep, type DataStep, taskId } from "../../domain/plan.ts";
import { PLAIN_STORAGE, type Storage } from "../../domain/storage.ts";
import { commentsOf } from "./comments.ts";
import { constraintSteps } from "./constraint-steps.ts";
import { contractedQuery, contractOf } from "./contracts.ts";
import { indexSteps } from "./index-steps.ts";
import type { PlanRequest } from "./request.ts";
import { snapshotStep } from "./snapshot-step.ts";

export const buildTask = (
  { compiled, catalog, materializations, selection }: PlanRequest,
  node: BuiltNode,
  foreignKeys: readonly ConstraintStep[],
  tests: readonly CompiledTest[],
  inputs: string,
): BuildTask => {
  const materialized = node.kind === "model" ? node.config.materialized : node.kind;
  const materialization = materializations[node.kind === "model" ? node.config.materialized : "table"];
  const relationKind = materialization.relationKind ?? "table";
  const workspace = { schema: workspaceOf(node.relation.schema), name: node.relation.name };
  const old = catalog.relations.get(relationKey(node.relation));
  const model = compiled.models.get(node.id);
  const contract = node.kind === "model" && model !== undefined ? contractOf(node, model.query) : undefined;
  const data: DataStep =
    node.kind === "seed" || model === undefined
      ? { kind: "seed", seed: seedOf(node) }
      : node.kind === "snapshot"
        ? { kind: "snapshot", snapshot: snapshotStep(node, model, compiled.startedAt, catalog) }
        : {
            kind: "statements",
            statements: materialization.create({
              workspace,
              query: contract === undefined ? model.query : contractedQuery(contract),
              storage: storageOf(node),
            }),
          };
  return {
    kind: "build",
    id: taskId(node.id),
    node: node.id,
    at: node.at,
    relation: node.relation,
    workspace,
    materialized,
    relationKind,
    action: actionOf(old?.kind, relationKind),
    because: selection.because.get(node.id) ?? "",
    remarks: [],
    contract,
    data,
    comments: commentsOf(node),
    constraints: [
      ...(materialization.hasConstraints ? constraintSteps(node, workspace) : []),
      ...(materialization.hasIndexes ? indexSteps(node, workspace) : []),
      ...foreignKeys,
    ],
    isAnalyzed: materialization.hasRows,
    hooks: compiled.hooks.get(node.id) ?? noHooks,
    settings: node.config.settings,
    tests,
    proved: [],
    fingerprint: model?.fingerprint ?? "",
    inputs,
  };
};

const storageOf = (node: BuiltNode): Storage => (node.kind === "model" ? node.config.storage : PLAIN_STORAGE);

const seedOf = (node: BuiltNode) => {
  if (node.kind !== "seed") throw new Error(`${node.id} was selected and not compiled`);
  return node;
};

const actionOf = (old: string | undefined, wanted: string): string => {
  if (old === undefined) return `create ${wanted}`;
  return old === wanted ? `replace ${wanted}` : `replace ${old} by ${wanted}`;
};
