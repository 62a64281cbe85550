/** Questions about a directed graph that is given as ids and a function to their neighbours. */

export type Neighbours<Id> = (id: Id) => readonly Id[];

export type Order<Id> =
  | { readonly kind: "order"; readonly order: readonly Id[] }
  /** Each depends on the next; the first stands at the end again. */
  | { readonly kind: "cycle"; readonly path: readonly Id[] };

/**
 * Parents before children; among equals by the length of the longest chain above, then by id, so that the order depends
 * on nothing else. Parents that are not among `ids` are ignored.
 */
export const topologicalOrder = <Id extends string>(ids: readonly Id[], parentsOf: Neighbours<Id>): Order<Id> => {
  const sorted = [...new Set(ids)].sort();
  const walked = heights(sorted, parentsOf);
  if (walked.kind === "cycle") return walked;
  const levels: Id[][] = [];
  for (const id of sorted) {
    const height = walked.height.get(id) ?? 0;
    const level = levels[height];
    if (level === undefined) levels[height] = [id];
    else level.push(id);
  }
  return { kind: "order", order: levels.flat() };
};

/**
 * For each id the weight of the heaviest chain that begins with it and goes on through children: what is left to do
 * once it starts. `order` is topological.
 */
export const chainWeights = <Id>(
  order: readonly Id[],
  childrenOf: Neighbours<Id>,
  weightOf: (id: Id) => number,
): ReadonlyMap<Id, number> => {
  const weights = new Map<Id, number>();
  for (const id of order.toReversed()) {
    const below = childrenOf(id).reduce((most, child) => Math.max(most, weights.get(child) ?? 0), 0);
    weights.set(id, below + weightOf(id));
  }
  return weights;
};

/** Everything reached in at most `steps` steps, with its distance; the starts themselves have distance 0. */
export const reach = <Id>(
  starts: Iterable<Id>,
  nextOf: Neighbours<Id>,
  steps = Number.POSITIVE_INFINITY,
): ReadonlyMap<Id, number> => {
  const distances = new Map<Id, number>();
  for (const id of starts) distances.set(id, 0);
  // A Map goes on over what is added while it is walked: it is the queue.
  for (const [id, distance] of distances) {
    if (distance >= steps) continue;
    for (const next of nextOf(id)) if (!distances.has(next)) distances.set(next, distance + 1);
  }
  return distances;
};

/** The edges between `ids` alone, in which a path through ids that are left out counts as an edge. */
export const parentsWithin = <Id>(ids: ReadonlySet<Id>, parentsOf: Neighbours<Id>): ReadonlyMap<Id, readonly Id[]> => {
  const within = new Map<Id, readonly Id[]>();
  for (const id of ids) {
    const seen = reach(parentsOf(id), (parent) => (ids.has(parent) ? [] : parentsOf(parent)));
    within.set(
      id,
      [...seen.keys()].filter((parent) => ids.has(parent) && parent !== id),
    );
  }
  return within;
};

/** The same edges seen from the other end; every id has an entry. */
export const inverted = <Id>(ids: Iterable<Id>, parentsOf: Neighbours<Id>): ReadonlyMap<Id, readonly Id[]> => {
  const children = new Map<Id, Id[]>();
  for (const id of ids) children.set(id, []);
  for (const id of children.keys()) for (const parent of parentsOf(id)) children.get(parent)?.push(id);
  return children;
};

type Heights<Id> = { readonly kind: "heights"; readonly height: ReadonlyMap<Id, number> } | CycleFound<Id>;
type CycleFound<Id> = Extract<Order<Id>, { kind: "cycle" }>;
type Visit<Id> = { readonly id: Id; readonly parents: readonly Id[]; next: number };

/** Depth first, without recursion: a chain may be longer than the stack is deep. */
const heights = <Id extends string>(sorted: readonly Id[], parentsOf: Neighbours<Id>): Heights<Id> => {
  const known = new Set(sorted);
  const height = new Map<Id, number>();
  const isOnPath = new Set<Id>();
  const visitOf = (id: Id): Visit<Id> => ({ id, parents: parentsOf(id).filter((p) => known.has(p)), next: 0 });
  for (const start of sorted) {
    const path = height.has(start) ? [] : [visitOf(start)];
    for (let visit = path.at(-1); visit !== undefined; visit = path.at(-1)) {
      isOnPath.add(visit.id);
      const parent = visit.parents[visit.next++];
      if (parent === undefined) {
        height.set(visit.id, 1 + visit.parents.reduce((most, p) => Math.max(most, height.get(p) ?? 0), 0));
        isOnPath.delete(visit.id);
        path.pop();
      } else if (isOnPath.has(parent)) {
        return {
          kind: "cycle",
          path: asCycle(path.slice(path.findIndex((v) => v.id === parent)).map((v) => v.id)),
        };
      } else if (!height.has(parent)) path.push(visitOf(parent));
    }
  }
  return { kind: "heights", height };
};

/** Turned so that the smallest id comes first: the same loop reads the same wherever the walk met it. */
const asCycle = <Id extends string>(members: readonly Id[]): readonly Id[] => {
  const first = members.reduce((least, id, i) => (id < (members[least] ?? id) ? i : least), 0);
  const turned = [...members.slice(first), ...members.slice(0, first)];
  return [...turned, ...turned.slice(0, 1)];
};
