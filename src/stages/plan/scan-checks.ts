/** Tests that ride in the scan of their relation in, what is asked of it out: identical questions once. */
import type { CompiledTest } from "../../domain/compiled.ts";
import { ident, type Sql, sql, textOf } from "../../domain/sql.ts";
import { isBig, type TestFacts } from "../../domain/test-facts.ts";
import type { Lookup, TestCheck } from "../../domain/test-plan.ts";
import { rowPredicate } from "../../domain/test-sql.ts";

export const scanChecks = (tests: readonly CompiledTest[], facts: TestFacts): readonly TestCheck[] => {
  const checks = new Map<string, TestCheck & { readonly tests: CompiledTest[] }>();
  for (const test of tests) {
    const failures = failuresOf(test);
    // The rows judged are part of the question: an aggregate over all rows may be one over some of them elsewhere.
    const key = `${textOf(failures)} of ${test.where === undefined ? "" : textOf(test.where)}`;
    const lookup = lookupOf(test, facts);
    const same = checks.get(key) ?? {
      tests: [],
      failures,
      ...(lookup && { lookup }),
      judged: test.where === undefined ? "all rows" : sql`count(*) filter (where (\n${test.where}\n))`,
      how: test.judges === "new rows" ? ("scan of the new rows" as const) : ("scan" as const),
      onFailure: undefined,
    };
    same.tests.push(test);
    checks.set(key, same);
  }
  return [...checks.values()];
};

/** `count(*) filter (where f)`: the transition function is called for failing rows only, so it costs next to nothing. */
const failuresOf = (test: CompiledTest): Sql =>
  test.failing.kind === "measured" ? test.failing.failures : sql`count(*) filter (where ${predicateOf(test)})`;

/** NOT IN is hashed once for the scan; NOT EXISTS would be asked again for each row. */
const predicateOf = (test: CompiledTest): Sql => {
  const { failing, where } = test;
  if (failing.kind !== "parent") return rowPredicate(test);
  const column = sql`t.${ident(failing.column)}`;
  const predicate = sql`${column} is not null and ${column} not in (${keysOf(failing)})`;
  return rowPredicate({ failing: { kind: "row", predicate, perValue: undefined }, where });
};

type Parent = Extract<CompiledTest["failing"], { kind: "parent" }>;

const keysOf = ({ field, parent, among }: Parent): Sql =>
  sql`select p.${ident(field)} from ${parent} as p where p.${ident(field)} is not null${among === undefined ? sql`` : sql` and (\n${among}\n)`}`;

/** An array of no values holds none, and says so of NULL too: hence the second condition, which only failing rows meet. */
const lookupOf = ({ relation, failing, where }: CompiledTest, { relations }: TestFacts): Lookup | undefined => {
  if (failing.kind !== "parent" || relation === undefined) return undefined;
  const own = relations.get(textOf(relation));
  const type = commonType(
    own?.columns.get(failing.column),
    relations.get(textOf(failing.parent))?.columns.get(failing.field),
  );
  if (type === undefined || !isBig(own)) return undefined;
  const column = sql`t.${ident(failing.column)}`;
  return {
    type,
    keys: keysOf(failing),
    failures: (keys) => {
      const predicate = sql`(${column}::${type} = any (${keys})) is false and ${column} is not null`;
      return sql`count(*) filter (where ${rowPredicate({ failing: { kind: "row", predicate, perValue: undefined }, where })})`;
    },
  };
};

/** In which both are compared. Of texts the collation would count, which the types do not tell. */
const commonType = (one = "", other = ""): Sql | undefined =>
  one === other ? TYPES.get(one) : INTEGERS.has(one) && INTEGERS.has(other) ? INTEGERS.get("int8") : undefined;

const INTEGERS: ReadonlyMap<string, Sql> = new Map([
  ["int2", sql`int2`],
  ["int4", sql`int4`],
  ["int8", sql`int8`],
]);

const TYPES: ReadonlyMap<string, Sql> = new Map([...INTEGERS, ["date", sql`date`], ["uuid", sql`uuid`]]);
