/** Manifest, selection, compiled SQL and a photograph of the database in; all that the run will do out. Pure. */

import type { DeltaStep } from "../../domain/build-steps.ts";
import type { Catalog } from "../../domain/catalog.ts";
import { type Outcome, ok, outcomeOf } from "../../domain/diagnostic.ts";
import { lockBudget } from "../../domain/lock-table.ts";
import { type BuiltNode, isBuilt, type Manifest } from "../../domain/manifest.ts";
import { type NodeId, relationKey } from "../../domain/names.ts";
import type { Plan, PlanTask, TaskId } from "../../domain/plan.ts";
import type { PublishedDelta, PublishedRelation, PublishPlan } from "../../domain/publish-plan.ts";
import { reach } from "../../lib/dag.ts";
import { buildTask } from "./build-task.ts";
import { commentsOf } from "./comments.ts";
import { afterContracts, contractsFirst } from "./contracts.ts";
import { planDependents, scaffoldingOf } from "./dependents.ts";
import { planForeignKeys } from "./foreign-keys.ts";
import { freshnessGates } from "./freshness.ts";
import { missingIndexes } from "./histories.ts";
import { planIncrementals } from "./incremental.ts";
import { inputHashes } from "./inputs.ts";
import { withoutTestsOfAbsent } from "./left-out-tests.ts";
import { liveReads } from "./live-reads.ts";
import { overBudget } from "./lock-budget.ts";
import { lockNeeds } from "./lock-needs.ts";
import { placeTests, taskParents } from "./place-tests.ts";
import { partsOf } from "./publish-parts.ts";
import { planRebound } from "./rebound.ts";
import { foreignRelations, refusals } from "./refusals.ts";
import type { PlanRequest } from "./request.ts";
import { tooNew } from "./server-version.ts";
import { sourceFindings } from "./source-columns.ts";
import { standingOn } from "./standing-on.ts";
import { takenNames } from "./taken-names.ts";
import { planUnitTests } from "./unit-tests.ts";

export const plan = (asked: PlanRequest): Outcome<Plan> => {
  const { manifest, selection, catalog } = asked;
  const built = selection.nodes.flatMap((id): BuiltNode[] => {
    const node = manifest.nodes.get(id);
    return node !== undefined && isBuilt(node) ? [node] : [];
  });
  const inRun = new Set<NodeId>(built.map((n) => n.id));
  const { compiled, notes: leftOut } = withoutTestsOfAbsent(manifest, asked.compiled, catalog, inRun);
  const request: PlanRequest = { ...asked, compiled };
  const incrementals = planIncrementals(request, built);
  const { deltas } = incrementals;
  const replaced = built.filter((n) => !deltas.has(n.id));
  const foreignKeys = planForeignKeys(manifest, built, inRun, new Set(deltas.keys()));
  const placed = placeTests(compiled, manifest, inRun);
  const tasks = new Map<TaskId, PlanTask>();
  const inputs = inputHashes(request, built);
  const { builds, first } = contractsFirst(
    built.map((node) => buildTask(request, node, { incrementals, foreignKeys, tests: placed.withNode, inputs })),
    manifest,
    inRun,
  );
  const contracts = first === undefined ? [] : [first];
  const stands = standingOn(request, built, builds, foreignKeys);
  const unitTests = planUnitTests(request.unitTests);
  for (const task of unitTests.tasks) tasks.set(task.id, task);
  for (const task of [...contracts, ...stands.builds, ...placed.alone, ...foreignKeys.alone]) tasks.set(task.id, task);
  const reads = liveReads(manifest, compiled, inRun);
  const notOurs = new Set(foreignRelations(request, built).map((f) => relationKey(f.relation)));
  const dependents = planDependents(request, replaced, notOurs);
  const refused = [
    ...refusals(request, built, reads),
    ...sourceFindings(manifest, asked.sources),
    ...dependents.diagnostics,
    ...incrementals.diagnostics,
    ...foreignKeys.diagnostics,
    ...stands.diagnostics,
    ...takenNames(
      built.filter((n) => !notOurs.has(relationKey(n.relation))),
      catalog,
      deltas,
    ),
    ...tooNew(catalog.serverVersion, built),
  ];
  const notes = [...foreignKeys.notes, ...leftOut];
  const moved = {
    relations: stands.published.filter((p) => !deltas.has(p.node)),
    deltas: stands.published.flatMap((p) => publishedDelta(request, p, deltas.get(p.node))),
    rebound: planRebound(manifest, builds, deltas),
    keysAfterDeltas: foreignKeys.afterDeltas,
    scaffolding: scaffoldingOf(manifest),
    standing: stands.settings,
    carried: [...dependents.carried, ...stands.carried],
    leavingForeignKeys: [...foreignKeys.leaving, ...stands.leaving],
  };
  const needs = lockNeeds(moved, stands.builds, catalog);
  const budget = request.publish === "batches" ? lockBudget(catalog.locks) : Number.POSITIVE_INFINITY;
  const parts = partsOf(moved, stands.builds, needs, { manifest, catalog, budget });
  const publish: PublishPlan = { parts, elsewhere: [], ...moved };
  const found = [...refused, ...overBudget(parts, catalog.locks, request.publish)];
  const value = (): Plan => ({
    tasks,
    parents: afterContracts(taskParents(tasks, manifest, placed, foreignKeys.ends, unitTests.gates), tasks, first),
    shapes: request.unitTests.shapes,
    writes: [...new Set(built.map((n) => n.relation.schema))].sort(),
    reads: reads.schemas,
    publish,
    gates: freshnessGates(request, reads),
    onRun: compiled.onRun,
    orphans: orphansOf(manifest, catalog),
    stale: staleNodes(manifest, inRun),
    notes,
  });
  const outcome = outcomeOf(value, found);
  return outcome.ok ? ok(outcome.value, [...outcome.warnings, ...notes]) : outcome;
};

const publishedDelta = (
  { manifest, catalog }: PlanRequest,
  relation: PublishedRelation,
  step: DeltaStep | undefined,
): readonly PublishedDelta[] => {
  const { name, materialized, fingerprint, objects, grants, hasHooks } = relation;
  const node = manifest.nodes.get(relation.node);
  if (step === undefined || node === undefined || !isBuilt(node)) return [];
  const comments = commentsOf(node);
  const indexes = node.kind === "snapshot" ? missingIndexes(node, catalog).map(({ change }) => change.sql) : [];
  return [{ node: node.id, name, materialized, fingerprint, objects, grants, hasHooks, step, comments, indexes }];
};

const orphansOf = (manifest: Manifest, catalog: Catalog): Plan["orphans"] => {
  const wanted = new Set<string>();
  for (const node of manifest.nodes.values())
    if (isBuilt(node) || node.kind === "source") wanted.add(relationKey(node.relation));
  return catalog.recorded
    .filter((r) => r.nodeId.split(".")[1] === manifest.projectName && !wanted.has(relationKey(r.name)))
    .map((r) => ({ relation: r.name, nodeId: r.nodeId }));
};

const staleNodes = (manifest: Manifest, inRun: ReadonlySet<NodeId>): readonly NodeId[] => {
  const below = reach(inRun, (id) => manifest.children.get(id) ?? []);
  return manifest.order.filter((id) => {
    const node = manifest.nodes.get(id);
    return below.has(id) && !inRun.has(id) && node !== undefined && isBuilt(node);
  });
};
