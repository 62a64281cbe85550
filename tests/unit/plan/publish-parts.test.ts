import fc from "fast-check";
import { expect, test } from "vitest";
import { nodeId } from "../../../src/domain/names.ts";
import { OWN_LOCKS } from "../../../src/stages/plan/lock-needs.ts";
import { publishParts } from "../../../src/stages/plan/publish-parts.ts";
import { hanging, nameOf, planned, planOf } from "../../support/planned.ts";

const graph = fc.integer({ min: 1, max: 14 }).chain((count) => {
  const index = fc.integer({ min: 0, max: count - 1 });
  return fc.record({
    count: fc.constant(count),
    // Both ways: keys may go round in circles.
    edges: fc.array(fc.tuple(index, index), { maxLength: 24 }),
    pairs: fc.array(fc.tuple(index, index), { maxLength: 5 }),
    needs: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: count, maxLength: count }),
    room: fc.integer({ min: 1, max: 40 }),
  });
});

test("every relation goes over once, with what belongs to it, after what it stands on, in parts that fit", () => {
  fc.assert(
    fc.property(graph, ({ count, edges, pairs, needs, room }) => {
      const nodes = Array.from({ length: count }, (_, i) => nodeId(`model.p.m${i}`));
      const at = (i: number) => nodes[i] ?? nodeId("none");
      const needOf = (i: number) => needs[i] ?? 0;
      const parts = publishParts({
        nodes,
        needs: new Map(nodes.map((node, i) => [node, needOf(i)])),
        parentsOf: (node) => edges.flatMap(([child, parent]) => (at(child) === node ? [at(parent)] : [])),
        together: pairs.map(([a, b]) => [at(a), at(b)]),
        budget: OWN_LOCKS + room,
      });
      const partOf = new Map(parts.flatMap((part, n) => part.nodes.map((node) => [node, n] as const)));
      expect(parts.flatMap((part) => part.nodes).toSorted()).toEqual(nodes.toSorted());
      for (const [child, parent] of edges)
        expect(partOf.get(at(parent))).toBeLessThanOrEqual(partOf.get(at(child)) ?? -1);
      for (const [a, b] of pairs) expect(partOf.get(at(a))).toBe(partOf.get(at(b)));
      for (const part of parts) {
        const sum = part.nodes.reduce((locks, node) => locks + needOf(nodes.indexOf(node)), OWN_LOCKS);
        expect(part.locks).toBe(sum);
      }
      // Two neighbours that would fit into one are one.
      parts.slice(1).forEach((part, i) => {
        expect((parts[i]?.locks ?? 0) + part.locks - OWN_LOCKS).toBeGreaterThan(room);
      });
    }),
  );
});

const chain = {
  "models/a.sql": "select 1 as id\n",
  "models/b.sql": 'select id from {{ref "a"}}\n',
  "models/c.sql": 'select id from {{ref "b"}}\n',
};
const relations = { "shop.a": "table", "shop.b": "table", "shop.c": "table" } as const;
const locks = { perTransaction: 9, promised: 84, inUse: 0 };
const partsOf = async (files: Readonly<Record<string, string>>, live: object) =>
  planOf(await planned(files, { publish: "batches", live: { relations, locks, ...live } })).publish.parts.map((p) =>
    p.nodes.map((node) => node.split(".").at(-1)),
  );

test("a publish goes in one transaction where it fits, whatever the project allows", async () => {
  expect(await partsOf(chain, { locks: { ...locks, promised: 200 } })).toEqual([["a", "b", "c"]]);
});

test("what does not fit into one goes in several, parents first", async () => {
  expect(await partsOf(chain, {})).toEqual([["a"], ["b"], ["c"]]);
});

test("what somebody hung between two relations keeps them together", async () => {
  const key = hanging({
    on: nameOf("shop.a"),
    kind: "foreign key",
    name: "by_hand on shop.c",
    relation: nameOf("shop.c"),
  });
  const files = { ...chain, "models/d.sql": "select 1 as id\n" };
  const live = { relations: { ...relations, "shop.d": "table" }, locks: { ...locks, promised: 112 } };
  expect(await partsOf(files, { ...live, dependents: [key] })).toEqual([["a", "b", "c"], ["d"]]);
  expect(await partsOf(files, { ...live, locks })).toEqual([["a"], ["d"], ["b"], ["c"]]);
});

test("what must go over at one moment and does not fit is refused, with the setting", async () => {
  const matview = (on: string) =>
    hanging({ on: nameOf(on), kind: "materialized view", name: "o.mv", relation: nameOf("o.mv") });
  const told = await planned(chain, {
    publish: "batches",
    live: { relations, locks, dependents: [matview("shop.a"), matview("shop.b")] },
  });
  expect(told.ok ? [] : told.diagnostics.map((d) => d.message)).toEqual([
    "what must be published at one moment takes up to 86 locks, and 42 may be taken: half of the 84 that the server promises",
  ]);
});
