/**
 * How many entries of the server's lock table a publish takes at most, relation by relation. Moving takes one for the old
 * and one for the new, whatever their indexes; what is changed or dropped besides takes one for each part.
 */
import type { Catalog, Dependent } from "../../domain/catalog.ts";
import { type NodeId, type RelationName, relationKey } from "../../domain/names.ts";
import type { BuildTask } from "../../domain/plan.ts";
import type { PublishPlan } from "../../domain/publish-plan.ts";
import { unreachable } from "../../domain/unreachable.ts";

/** Catalogs that it reads, Galley's own tables, the schemas, the transaction itself. */
export const OWN_LOCKS = 40;

export const lockNeeds = (
  { relations, deltas, rebound, carried }: Pick<PublishPlan, "relations" | "deltas" | "rebound" | "carried">,
  builds: readonly BuildTask[],
  catalog: Catalog,
): ReadonlyMap<NodeId, number> => {
  const parts = new Map(builds.map((task) => [task.node, task.constraints.length]));
  const hanging = new Map<string, Dependent[]>();
  for (const dependent of catalog.dependents) {
    const key = relationKey(dependent.on);
    hanging.set(key, [...(hanging.get(key) ?? []), dependent]);
  }
  const needs = new Map<NodeId, number>();
  const add = (node: NodeId, count: number): void => void needs.set(node, (needs.get(node) ?? 0) + count);
  for (const { node, name } of relations) {
    const old = catalog.relations.get(relationKey(name));
    const partitions = old?.partitions ?? 0;
    add(node, old === undefined ? 1 : 2 + 2 * partitions);
    // Handing it over locks its indexes and what is behind it.
    if (old !== undefined && old.owner !== catalog.role) add(node, 2 + (1 + partitions) * (1 + (parts.get(node) ?? 0)));
    add(node, locksOfHanging(name, hanging));
    // What stands on it is made again on the new one.
    add(node, carried.filter(({ on }) => relationKey(on) === relationKey(name)).length);
  }
  // The table of live and the one of the new rows, with indexes and what is behind them; the overlay, which is dropped.
  for (const { node } of deltas) add(node, 16 + 3 * (parts.get(node) ?? 0));
  for (const { node } of rebound) add(node, 12 + (parts.get(node) ?? 0));
  return needs;
};

/** A materialized view is built anew, so what hangs on it counts as well. */
const locksOfHanging = (on: RelationName, hanging: ReadonlyMap<string, readonly Dependent[]>): number => {
  let sum = 0;
  const seen = new Set([relationKey(on)]);
  for (const key of seen) {
    for (const dependent of hanging.get(key) ?? []) {
      sum += locksOf(dependent.kind);
      if (dependent.kind === "materialized view" && dependent.relation !== undefined)
        seen.add(relationKey(dependent.relation));
    }
  }
  return sum;
};

const locksOf = (kind: Dependent["kind"]): number => {
  switch (kind) {
    case "materialized view":
      return 20;
    // Dropped with its triggers on both ends; its twin is renamed.
    case "foreign key":
      return 10;
    case "view":
    case "rule":
      return 4;
    case "function":
    case "policy":
    case "statistics object":
    case "partition":
    case "function on its type":
    case "default":
    case "extension":
    case "column of its type":
    case "type":
    case "object":
      return 2;
    default:
      return unreachable(kind);
  }
};
