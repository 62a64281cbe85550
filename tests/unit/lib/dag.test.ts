import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chainWeights, inverted, parentsWithin, reach, topologicalOrder } from "../../../src/lib/dag.ts";
import { arbitraryGraph } from "../../support/graphs.ts";

const edges = (map: Record<string, readonly string[]>) => (id: string) => map[id] ?? [];

describe("topological order", () => {
  it("puts parents first, and equals in the order of their ids", () => {
    expect(topologicalOrder(["c", "b", "a", "z"], edges({ a: ["z"], c: ["z"] }))).toEqual({
      kind: "order",
      order: ["b", "z", "a", "c"],
    });
  });

  it("ignores parents that are not asked for", () => {
    expect(topologicalOrder(["a"], edges({ a: ["elsewhere"] }))).toEqual({ kind: "order", order: ["a"] });
  });

  it("shows a loop as its path, beginning with its smallest id", () => {
    expect(topologicalOrder(["d", "c", "b", "a"], edges({ d: ["c"], c: ["b"], b: ["a"], a: ["c"] }))).toEqual({
      kind: "cycle",
      path: ["a", "c", "b", "a"],
    });
  });

  it("shows an id that depends on itself as a loop of one", () => {
    expect(topologicalOrder(["a"], edges({ a: ["a"] }))).toEqual({ kind: "cycle", path: ["a", "a"] });
  });

  it("walks a chain that is longer than the stack is deep", () => {
    const ids = Array.from({ length: 50_000 }, (_, i) => `n${String(i).padStart(6, "0")}`);
    const parentsOf = (id: string) => ids.slice(Number(id.slice(1)) - 1, Number(id.slice(1)));
    expect(topologicalOrder(ids.toReversed(), parentsOf)).toEqual({ kind: "order", order: ids });
  });

  it("has every id once, after all its parents, whatever the graph", () => {
    fc.assert(
      fc.property(arbitraryGraph(), ({ ids, parents }) => {
        const sorted = topologicalOrder(ids, edges(parents));
        if (sorted.kind !== "order") throw new Error("a graph without loops was refused");
        const place = new Map(sorted.order.map((id, i) => [id, i]));
        expect(new Set(place.keys())).toEqual(new Set(ids));
        for (const id of ids)
          for (const parent of parents[id] ?? []) expect(place.get(parent)).toBeLessThan(place.get(id) ?? -1);
      }),
    );
  });

  it("does not depend on the order in which ids are given", () => {
    fc.assert(
      fc.property(arbitraryGraph(), ({ ids, parents }) => {
        expect(topologicalOrder(ids.toReversed(), edges(parents))).toEqual(topologicalOrder(ids, edges(parents)));
      }),
    );
  });

  it("finds a loop that really is one, whenever there is one", () => {
    fc.assert(
      fc.property(arbitraryGraph(), fc.nat(), ({ ids, parents }, n) => {
        const last = ids[n % ids.length] ?? "";
        const above = [...reach([last], edges(parents)).keys()].at(-1) ?? last;
        const closed = edges({ ...parents, [above]: [...(parents[above] ?? []), last] });
        const sorted = topologicalOrder(ids, closed);
        if (sorted.kind !== "cycle") throw new Error("the loop was not found");
        expect(sorted.path[0]).toBe(sorted.path.at(-1));
        for (const [i, id] of sorted.path.slice(1).entries()) expect(closed(sorted.path[i] ?? "")).toContain(id);
      }),
    );
  });
});

describe("walking a graph", () => {
  const parentsOf = edges({ d: ["b", "c"], c: ["a"], b: ["a"], e: ["d"] });
  const childrenOf = (id: string) => inverted(["a", "b", "c", "d", "e"], parentsOf).get(id) ?? [];

  it("reaches ancestors with their distance", () => {
    expect(Object.fromEntries(reach(["e"], parentsOf))).toEqual({ e: 0, d: 1, b: 2, c: 2, a: 3 });
  });

  it("stops after so many steps", () => {
    expect([...reach(["a"], childrenOf, 1).keys()]).toEqual(["a", "b", "c"]);
  });

  it("weighs each id with the heaviest chain that begins there", () => {
    const weights = chainWeights(["a", "b", "c", "d", "e"], childrenOf, (id) => (id === "c" ? 10 : 1));
    expect(Object.fromEntries(weights)).toEqual({ e: 1, d: 2, c: 12, b: 3, a: 13 });
  });

  it("keeps a path through what is left out as an edge", () => {
    expect(Object.fromEntries(parentsWithin(new Set(["a", "d", "e"]), parentsOf))).toEqual({
      a: [],
      d: ["a"],
      e: ["d"],
    });
  });
});
