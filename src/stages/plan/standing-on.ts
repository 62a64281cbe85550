/** The nodes of the run as they are published, and what becomes of all that stands on the relations that they replace. */
import type { RelationKind } from "../../domain/catalog.ts";
import type { Diagnostic } from "../../domain/diagnostic.ts";
import type { BuiltNode } from "../../domain/manifest.ts";
import { relationKey } from "../../domain/names.ts";
import type { BuildTask } from "../../domain/plan.ts";
import type { CarriedThing, LeavingForeignKey, PublishedRelation } from "../../domain/publish-plan.ts";
import type { DeclaredObjects, StandingSetting } from "../../domain/standing.ts";
import { unreachable } from "../../domain/unreachable.ts";
import { constraintSteps } from "./constraint-steps.ts";
import type { PlannedForeignKeys } from "./foreign-keys.ts";
import { indexSteps } from "./index-steps.ts";
import type { PlanRequest } from "./request.ts";
import { allDeclared, declaredObjects, type PlannedStanding, planStanding, undeclared } from "./standing.ts";

type StandingOn = {
  /** The tasks that were given, with what is made again on their relations. */
  readonly builds: readonly BuildTask[];
  readonly published: readonly PublishedRelation[];
  readonly settings: readonly StandingSetting[];
  readonly leaving: readonly LeavingForeignKey[];
  readonly carried: readonly CarriedThing[];
  readonly diagnostics: readonly Diagnostic[];
};

export const standingOn = (
  request: PlanRequest,
  built: readonly BuiltNode[],
  builds: readonly BuildTask[],
  { alone, leaving, afterDeltas }: PlannedForeignKeys,
): StandingOn => {
  const nodes = new Map(built.map((node) => [node.id, node]));
  const replacing = new Set(builds.filter(isReplacing).map((task) => relationKey(task.relation)));
  const keys = [...[...alone, ...leaving].map((key) => key.constraint), ...afterDeltas];
  const found = builds.map((task) => {
    const node = nodes.get(task.node);
    if (node === undefined) throw new Error(`${task.node} is built and not selected`);
    const isNew = isReplacing(task);
    const made = isNew
      ? task.constraints
      : [...constraintSteps(node, node.relation), ...indexSteps(node, node.relation)];
    const declared = declaredObjects(node, [...made, ...keys]);
    const recorded = request.catalog.relations.get(relationKey(node.relation))?.objects;
    const relation = publishedRelation(request, node, isNew ? declared : allDeclared(declared, recorded));
    const standing = request.catalog.standing.filter((s) => relationKey(s.on) === relationKey(node.relation));
    const asked = { node, newKind: relation.newKind, standing, declared, recorded, replaced: replacing };
    return {
      task: isNew ? task : { ...task, remarks: [...task.remarks, ...undeclared(asked)] },
      relation,
      stands: isNew ? planStanding(asked) : NOTHING_CARRIED,
    };
  });
  return {
    builds: found.map(({ task, stands }) => ({
      ...task,
      constraints: [...task.constraints, ...stands.steps],
      standing: stands.settings,
    })),
    published: found.map(({ relation }) => relation),
    settings: found.flatMap(({ stands }) => stands.settings),
    leaving: found.flatMap(({ stands }) => stands.leaving),
    carried: found.flatMap(({ stands }) => stands.carried),
    diagnostics: found.flatMap(({ stands }) => stands.diagnostics),
  };
};

/** What only takes new rows stays the relation that it is, with all that stands on it. */
const isReplacing = ({ data }: BuildTask): boolean => {
  switch (data.kind) {
    case "statements":
    case "seed":
    case "partitioned":
    case "batches":
      return true;
    case "snapshot":
      return data.snapshot.later === undefined;
    case "delta":
      return false;
    default:
      return unreachable(data);
  }
};

const NOTHING_CARRIED: PlannedStanding = { steps: [], leaving: [], settings: [], carried: [], diagnostics: [] };

const publishedRelation = (
  { catalog, materializations, compiled }: PlanRequest,
  node: BuiltNode,
  objects: DeclaredObjects,
): PublishedRelation => {
  const old = catalog.relations.get(relationKey(node.relation))?.kind;
  const materialized = node.kind === "model" ? node.config.materialized : node.kind;
  const newKind =
    node.kind === "model" ? (materializations[node.config.materialized].relationKind ?? "table") : "table";
  return {
    node: node.id,
    name: node.relation,
    newKind,
    materialized,
    oldKind: oldKindOf(old),
    grants: node.config.grants,
    objects,
    hasHooks: compiled.hooks.has(node.id),
    fingerprint: compiled.models.get(node.id)?.fingerprint ?? "",
  };
};

/** A partitioned table is locked, parked and dropped as the table that it is. */
const oldKindOf = (kind: RelationKind | undefined): PublishedRelation["oldKind"] =>
  kind === "partitioned table"
    ? "table"
    : kind === "table" || kind === "view" || kind === "materialized view"
      ? kind
      : undefined;
