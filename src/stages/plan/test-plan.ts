/**
 * Data tests and what the catalog says in, the statements that decide them out. What is guaranteed is not asked; what is
 * asked twice is asked once; tests of the rows of one relation share its scan. Pure.
 */
import type { CompiledTest } from "../../domain/compiled.ts";
import { ident, type Sql, sql, textOf } from "../../domain/sql.ts";
import { isBig, type RelationFacts, type TestFacts } from "../../domain/test-facts.ts";
import type { PlanTests, TestCheck, TestStatement } from "../../domain/test-plan.ts";
import { functionsIn, rowPredicate } from "../../domain/test-sql.ts";
import { hashStatement, keyCheck } from "./key-tests.ts";
import { guaranteeOf } from "./test-guarantees.ts";
import { queryStatement, sameQuery } from "./test-queries.ts";

type Scan = { readonly name: string; readonly from: Sql; readonly rows: CompiledTest[]; readonly keys: CompiledTest[] };

export const planTests: PlanTests = (tests, facts) => {
  const proved = tests.flatMap((test) => {
    const guarantee = guaranteeOf(test, factsOf(test, facts));
    return guarantee === undefined ? [] : [{ test, ...guarantee }];
  });
  const isProved = new Set(proved.map((p) => p.test));
  const scans = new Map<string, Scan>();
  const queries = new Map<string, CompiledTest[]>();
  const keys = new Map<string, CompiledTest[]>();
  for (const test of tests.filter((t) => !isProved.has(t))) {
    const place = placeOf(test, facts);
    if (place === "query" || test.relation === undefined) together(queries, sameQuery(test), test);
    else if (place === "hashes") together(keys, sameQuery(test), test);
    else {
      const name = `${place} of ${textOf(test.relation)}`;
      const scan = scans.get(name) ?? { name, from: test.relation, rows: [], keys: [] };
      scans.set(name, scan);
      (test.failing.kind === "key" ? scan.keys : scan.rows).push(test);
    }
  }
  return {
    proved,
    statements: [
      ...[...keys.values()].map((same) => hashStatement(same, facts)),
      ...[...queries.values()].map((same) => queryStatement(same, facts)),
      ...[...scans.values()].flatMap((scan) => scanStatements(scan, facts)),
    ],
  };
};

const together = (all: Map<string, CompiledTest[]>, key: string, test: CompiledTest): void => {
  all.set(key, [...(all.get(key) ?? []), test]);
};

const factsOf = ({ relation }: CompiledTest, { relations }: TestFacts): RelationFacts | undefined =>
  relation === undefined ? undefined : relations.get(textOf(relation));

/**
 * A distinct aggregate, and a function that is not safe in parallel, keep their whole statement from running in parallel:
 * on a big relation they do not ride with the others. Of a view nobody knows how big it is.
 */
const placeOf = (test: CompiledTest, facts: TestFacts): "scan" | "serial scan" | "hashes" | "query" => {
  const own = factsOf(test, facts);
  switch (test.failing.kind) {
    case "query":
      return "query";
    case "parent":
      return isSmallParent(facts.relations.get(textOf(test.failing.parent))) ? "scan" : "query";
    case "key":
      return own !== undefined && (own.bytes === undefined || isBig(own)) ? "hashes" : "scan";
    case "row":
      return isBig(own) && functionsIn(test).some((name) => facts.serialFunctions.has(name)) ? "serial scan" : "scan";
  }
};

/** By the estimate of an ANALYZE alone: NOT IN over a parent that turns out too big for a hash table is quadratic. */
const isSmallParent = (parent: RelationFacts | undefined): boolean =>
  parent?.rows !== undefined && parent.rows <= PARENT_ROWS;

/** More, and a query of its own is as fast. */
const PARENT_ROWS = 5000;

/** A statement has at most 1,664 result columns; two a test leave room. */
const CHECKS_PER_SCAN = 300;

const scanStatements = ({ name, from, rows, keys }: Scan, facts: TestFacts): readonly TestStatement[] => {
  const checks = [...rowChecks(rows), ...keys.map((test) => keyCheck(test, facts))];
  const count = Math.ceil(checks.length / CHECKS_PER_SCAN);
  return Array.from({ length: count }, (_, i) => ({
    name: count === 1 ? name : `${name}, ${i + 1} of ${count}`,
    from: sql`${from} as t`,
    reads: "rows",
    checks: checks.slice(i * CHECKS_PER_SCAN, (i + 1) * CHECKS_PER_SCAN),
    size: isBig(facts.relations.get(textOf(from))) ? "big" : "small",
  }));
};

/** `count(*) filter (where f)`: the transition function is called for failing rows only, so it costs next to nothing. */
const rowChecks = (tests: readonly CompiledTest[]): readonly TestCheck[] => {
  const checks = new Map<string, TestCheck & { readonly tests: CompiledTest[] }>();
  for (const test of tests) {
    const predicate = predicateOf(test);
    const key = textOf(predicate);
    const same = checks.get(key) ?? {
      tests: [],
      failures: sql`count(*) filter (where ${predicate})`,
      judged: test.where === undefined ? sql`count(*)` : sql`count(*) filter (where (\n${test.where}\n))`,
      how: test.judges === "new rows" ? ("scan of the new rows" as const) : ("scan" as const),
      onFailure: undefined,
    };
    same.tests.push(test);
    checks.set(key, same);
  }
  return [...checks.values()];
};

/** NOT IN is hashed once for the scan; NOT EXISTS would be asked again for each row. */
const predicateOf = (test: CompiledTest): Sql => {
  const { failing } = test;
  if (failing.kind !== "parent") return rowPredicate(test);
  const field = ident(failing.field);
  const column = sql`t.${ident(failing.column)}`;
  const predicate = sql`${column} is not null and ${column} not in (select p.${field} from ${failing.parent} as p where p.${field} is not null)`;
  return rowPredicate({ ...test, failing: { kind: "row", predicate } });
};
