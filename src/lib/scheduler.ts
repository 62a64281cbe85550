/**
 * Runs a graph of ids over a number of slots, parents before children, what has most left below it first. It knows ids,
 * edges and a function, and nothing of what the function does.
 *
 * What stays true: an id starts after all its parents succeeded; never more than `slots` run; a failure skips exactly
 * its descendants; each id ends once; after an abort nothing starts, and what runs is waited for.
 */
import { chainWeights, inverted, type Neighbours, parentsWithin, reach, topologicalOrder } from "./dag.ts";

export type Ending<Id> =
  | { readonly kind: "success" }
  | { readonly kind: "failure" }
  /** Some ancestor failed: `because` is the one whose failure was seen first. */
  | { readonly kind: "skipped"; readonly because: Id }
  | { readonly kind: "cancelled" };

export type Schedule<Id extends string> = {
  readonly ids: readonly Id[];
  /** Parents outside `ids` are looked through: a path between two ids orders them. */
  readonly parentsOf: Neighbours<Id>;
  readonly slots: number;
  /** What an id is expected to cost; 1 for each when nothing is known. */
  readonly weightOf: (id: Id) => number;
  /** A rejection is a bug: nothing more starts, and `runGraph` rejects with it once all that runs has ended. */
  readonly run: (id: Id) => Promise<"success" | "failure">;
  /** Called once for each id that will never start, in topological order. */
  readonly onNotStarted: (id: Id, ending: Extract<Ending<Id>, { kind: "skipped" | "cancelled" }>) => void;
  readonly signal: AbortSignal;
  /** Gives numbers in [0, 1) that replace the weights: a test finds a missing edge by starting in another order. */
  readonly shuffle: (() => number) | undefined;
};

export const runGraph = async <Id extends string>(schedule: Schedule<Id>): Promise<ReadonlyMap<Id, Ending<Id>>> => {
  const graph = graphOf(schedule);
  const endings = new Map<Id, Ending<Id>>();
  const missing = new Map(graph.order.map((id) => [id, graph.parents.get(id)?.length ?? 0]));
  const ready = readyQueue<Id>((id) => graph.priority.get(id) ?? 0);
  const running = new Set<Promise<void>>();
  const bugs: unknown[] = [];

  const succeed = (id: Id): void => {
    endings.set(id, { kind: "success" });
    for (const child of graph.children.get(id) ?? []) {
      const left = (missing.get(child) ?? 0) - 1;
      missing.set(child, left);
      if (left === 0) ready.add(child);
    }
  };
  const fail = (id: Id): void => {
    endings.set(id, { kind: "failure" });
    const below = reach([id], (at) => graph.children.get(at) ?? []);
    for (const other of graph.inOrder(below.keys())) {
      if (endings.has(other)) continue;
      const ending = { kind: "skipped", because: id } as const;
      endings.set(other, ending);
      schedule.onNotStarted(other, ending);
    }
  };
  const start = (id: Id): void => {
    const task: Promise<void> = schedule
      .run(id)
      .then((result) => (result === "success" ? succeed(id) : fail(id)))
      .catch((bug: unknown) => void bugs.push(bug))
      .finally(() => running.delete(task));
    running.add(task);
  };

  for (const id of graph.order) if (missing.get(id) === 0) ready.add(id);
  for (;;) {
    while (running.size < schedule.slots && bugs.length === 0 && !schedule.signal.aborted) {
      const id = ready.take();
      if (id === undefined) break;
      start(id);
    }
    if (running.size === 0) break;
    await Promise.race(running);
  }
  if (bugs.length > 0) throw bugs[0];
  for (const id of graph.order) {
    if (endings.has(id)) continue;
    const ending = { kind: "cancelled" } as const;
    endings.set(id, ending);
    schedule.onNotStarted(id, ending);
  }
  return endings;
};

type Graph<Id> = {
  readonly order: readonly Id[];
  readonly parents: ReadonlyMap<Id, readonly Id[]>;
  readonly children: ReadonlyMap<Id, readonly Id[]>;
  readonly priority: ReadonlyMap<Id, number>;
  readonly inOrder: (ids: Iterable<Id>) => readonly Id[];
};

const graphOf = <Id extends string>({ ids, parentsOf, weightOf, shuffle }: Schedule<Id>): Graph<Id> => {
  const parents = parentsWithin(new Set(ids), parentsOf);
  const sorted = topologicalOrder(ids, (id) => parents.get(id) ?? []);
  if (sorted.kind === "cycle") throw new Error(`a schedule cannot have a loop: ${sorted.path.join(" → ")}`);
  const { order } = sorted;
  const children = inverted(order, (id) => parents.get(id) ?? []);
  const position = new Map(order.map((id, i) => [id, i]));
  return {
    order,
    parents,
    children,
    priority: shuffle
      ? new Map(order.map((id) => [id, shuffle()]))
      : chainWeights(order, (id) => children.get(id) ?? [], weightOf),
    inOrder: (some) => [...some].sort((a, b) => (position.get(a) ?? 0) - (position.get(b) ?? 0)),
  };
};

/** Sorted, the most urgent last; among equals the one that was ready first. */
const readyQueue = <Id>(priorityOf: (id: Id) => number) => {
  const waiting: Id[] = [];
  return {
    add: (id: Id): void => {
      let low = 0;
      let high = waiting.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        const other = waiting[middle];
        if (other !== undefined && priorityOf(other) < priorityOf(id)) low = middle + 1;
        else high = middle;
      }
      waiting.splice(low, 0, id);
    },
    take: (): Id | undefined => waiting.pop(),
  };
};
