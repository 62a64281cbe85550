/** A plan in, where the columns of each of its relations come from out. Pure: the server is asked elsewhere. */

import type { ContractStep } from "../../domain/build-steps.ts";
import type { Compiled } from "../../domain/compiled.ts";
import type { ColumnSource, Foretold } from "../../domain/forecast.ts";
import type { Manifest } from "../../domain/manifest.ts";
import type { NodeId } from "../../domain/names.ts";
import type { BuildTask, Plan } from "../../domain/plan.ts";
import { unreachable } from "../../domain/unreachable.ts";
import { reach } from "../../lib/dag.ts";
import { contractedQuery, contractOf } from "./contracts.ts";

/** `seeds`: the columns of those whose file could be read. */
export const foretoldOf = (
  { tasks, publish }: Plan,
  { manifest, compiled }: { readonly manifest: Manifest; readonly compiled: Compiled },
  seeds: ReadonlyMap<NodeId, ColumnSource>,
): readonly Foretold[] => {
  const standing = new Set([
    ...publish.relations.flatMap((r) => (r.oldKind === undefined ? [] : [r.node])),
    ...publish.deltas.map((d) => d.node),
  ]);
  return [...tasks.values()].flatMap((task) => {
    if (task.kind !== "build") return [];
    const from = sourceOf(task, manifest, compiled, seeds);
    const { node, relation, workspace } = task;
    const contract = contractFor(node, manifest, compiled);
    return [{ node, relation, workspace, isLive: standing.has(node), from, contract }];
  });
};

const contractFor = (id: NodeId, manifest: Manifest, compiled: Compiled): ContractStep | undefined => {
  const node = manifest.nodes.get(id);
  const query = compiled.models.get(id)?.query;
  return node?.kind !== "model" || query === undefined ? undefined : contractOf(node, query);
};

/** Those whose contract is not looked at on live alone, and all that they are made of in this run. */
export const belowOthers = (
  { tasks }: Plan,
  relations: readonly Foretold[],
  { parents }: Manifest,
): readonly Foretold[] => {
  const held = [...tasks.values()].flatMap((t) => (t.kind === "build" && t.contract !== undefined ? [t.node] : []));
  const needed = reach(held, (id) => parents.get(id) ?? []);
  return relations.filter(({ node }) => needed.has(node));
};

const sourceOf = (
  { node: id, data }: BuildTask,
  manifest: Manifest,
  compiled: Compiled,
  seeds: ReadonlyMap<NodeId, ColumnSource>,
): ColumnSource => {
  switch (data.kind) {
    case "seed":
      return seeds.get(id) ?? { kind: "unknown" };
    case "snapshot":
      return data.snapshot.later === undefined ? { kind: "unknown" } : { kind: "live" };
    case "delta":
      return { kind: "delta", step: data.step };
    case "statements":
    case "partitioned":
    case "batches": {
      const query = compiled.models.get(id)?.query;
      if (query === undefined) return { kind: "unknown" };
      const contract = contractFor(id, manifest, compiled);
      return { kind: "query", query: contract === undefined ? query : contractedQuery(contract) };
    }
    default:
      return unreachable(data);
  }
};
