/**
 * What is published in, and how much of the lock table there is; the transactions that it goes in out. One, wherever it
 * fits; else parts, each of which fits: parents before children, so that nothing on live ever stands on a workspace.
 */
import type { Catalog, Dependent } from "../../domain/catalog.ts";
import type { Manifest } from "../../domain/manifest.ts";
import { type NodeId, relationKey } from "../../domain/names.ts";
import type { BuildTask } from "../../domain/plan.ts";
import type { PublishPart, PublishPlan } from "../../domain/publish-plan.ts";
import { parentsWithin, topologicalOrder } from "../../lib/dag.ts";
import { makeGroups } from "../../lib/groups.ts";
import { OWN_LOCKS } from "./lock-needs.ts";

export type PartsRequest = {
  readonly nodes: readonly NodeId[];
  readonly needs: ReadonlyMap<NodeId, number>;
  /** What must be live before, or at the same moment. */
  readonly parentsOf: (node: NodeId) => readonly NodeId[];
  /** What goes over at one moment or not at all. */
  readonly together: readonly (readonly string[])[];
  /** Locks that one transaction may take; a part is larger only when it cannot be divided. */
  readonly budget: number;
};

export const publishParts = ({ nodes, needs, parentsOf, together, budget }: PartsRequest): readonly PublishPart[] => {
  const groups = makeGroups();
  for (const some of together) for (const other of some.slice(1)) groups.unite(some[0] ?? other, other);
  const parts: { nodes: NodeId[]; locks: number }[] = [];
  for (const members of inOrder(nodes, parentsOf, groups)) {
    const locks = members.reduce((sum, node) => sum + (needs.get(node) ?? 0), 0);
    const last = parts.at(-1);
    if (last !== undefined && last.locks + locks <= budget) {
      last.nodes.push(...members);
      last.locks += locks;
    } else parts.push({ nodes: [...members], locks: OWN_LOCKS + locks });
  }
  return parts;
};

/** Groups in the order of their edges; those that wait for each other become one. */
const inOrder = (
  nodes: readonly NodeId[],
  parentsOf: PartsRequest["parentsOf"],
  groups: ReturnType<typeof makeGroups>,
): readonly (readonly NodeId[])[] => {
  for (;;) {
    const members = new Map<string, NodeId[]>();
    for (const node of nodes) members.set(groups.of(node), [...(members.get(groups.of(node)) ?? []), node]);
    const above = (group: string): readonly string[] =>
      (members.get(group) ?? []).flatMap((node) =>
        parentsOf(node)
          .map(groups.of)
          .filter((other) => other !== group),
      );
    const found = topologicalOrder([...members.keys()], above);
    if (found.kind === "order") return found.order.map((group) => members.get(group) ?? []);
    for (const other of found.path) groups.unite(found.path[0] ?? other, other);
  }
};

type Moved = Pick<PublishPlan, "relations" | "deltas" | "rebound" | "keysAfterDeltas">;

/** The edges and groups of a run's publish. */
export const partsOf = (
  moved: Moved,
  builds: readonly BuildTask[],
  needs: ReadonlyMap<NodeId, number>,
  { manifest, catalog, budget }: { readonly manifest: Manifest; readonly catalog: Catalog; readonly budget: number },
): readonly PublishPart[] => {
  const nodes = [...moved.relations, ...moved.deltas].map(({ node }) => node);
  const inPublish = new Set(nodes);
  const data = parentsWithin(inPublish, (id) => manifest.parents.get(id) ?? []);
  const referredTo = (id: NodeId): readonly NodeId[] => {
    const node = manifest.nodes.get(id);
    if (node === undefined || !("constraints" in node)) return [];
    return node.constraints.flatMap((c) =>
      c.kind === "foreign_key" && inPublish.has(c.to) && c.to !== id ? [c.to] : [],
    );
  };
  const parentsOf = (id: NodeId): readonly NodeId[] => [...(data.get(id) ?? []), ...referredTo(id)];
  const growing = [...moved.deltas, ...moved.rebound, ...moved.keysAfterDeltas].map(({ node }) => node);
  const together = [growing, ...hangingTogether(moved, builds, catalog)];
  return publishParts({ nodes, needs, parentsOf, together, budget });
};

/**
 * What somebody put between two relations that are replaced is carried within one transaction; so is a materialized view
 * outside, which is built anew of all its relations at once. Declared keys and the project's own views need no more
 * than their order.
 */
const hangingTogether = (
  { relations }: Moved,
  builds: readonly BuildTask[],
  { dependents }: Catalog,
): readonly (readonly string[])[] => {
  const nodeOf = new Map(relations.map(({ name, node }) => [relationKey(name), node as string]));
  const declared = new Set(
    builds.flatMap(({ relation, constraints, checks }) =>
      [...constraints, ...checks].flatMap((c) =>
        c.origin === "declared" ? [`${c.name} on ${relationKey(relation)}`] : [],
      ),
    ),
  );
  const isOrdered = ({ kind, name }: Dependent): boolean =>
    kind === "view" || kind === "materialized view" || (kind === "foreign key" && declared.has(name));
  return dependents.flatMap((dependent) => {
    const { on, kind, relation } = dependent;
    if (relation === undefined) return [];
    const [below, own] = [nodeOf.get(relationKey(on)), nodeOf.get(relationKey(relation))];
    if (own === undefined)
      return kind === "materialized view" ? [[below ?? relationKey(on), relationKey(relation)]] : [];
    return below === undefined || isOrdered(dependent) ? [] : [[below, own]];
  });
};
