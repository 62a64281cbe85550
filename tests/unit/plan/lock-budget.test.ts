import { expect, test } from "vitest";
import { hanging, nameOf, planned, planOf } from "../../support/planned.ts";

const files = {
  "models/a.sql": "select 1 as id\n",
  "models/b.sql": 'select id from {{ref "a"}}\n',
};
const table = (promised: number, inUse: number) => ({ perTransaction: promised / 10, promised, inUse });

test("a publish that would fill the server's lock table is refused, with the numbers and the setting to raise", async () => {
  const relations = { "shop.a": "table", "shop.b": "table" } as const;
  // Two for each relation, and what Galley needs for itself.
  expect(
    planOf(await planned(files, { live: { relations, locks: table(90, 1) } })).publish.parts.map((p) => p.locks),
  ).toEqual([44]);
  const full = await planned(files, { live: { relations, locks: table(90, 2) } });
  expect(full.ok ? [] : full.diagnostics.map((d) => [d.code, d.message, d.help])).toEqual([
    [
      "plan/lock-budget",
      "publishing takes up to 44 locks, and 43 may be taken: half of the 90 that the server promises, less 2 in use",
      "raise max_locks_per_transaction of the server (now 9) to 64, which takes a restart; or select less; or set `publish: batches` in project.yml, and live is mixed for a moment",
    ],
  ]);
});

test("what is new needs less, what hangs on a relation and what is cut into partitions more", async () => {
  const locksOf = async (live: Parameters<typeof planned>[1]) =>
    planOf(await planned(files, live)).publish.parts[0]?.locks;
  expect(await locksOf({})).toBe(42);
  expect(await locksOf({ select: ["a"], live: { relations: { "shop.a": { partitions: 10 } } } })).toBe(62);
  const view = hanging({ on: nameOf("shop.a"), kind: "view", name: "o.v", relation: nameOf("o.v") });
  expect(await locksOf({ select: ["a"], live: { relations: { "shop.a": "table" }, dependents: [view] } })).toBe(47);
});
