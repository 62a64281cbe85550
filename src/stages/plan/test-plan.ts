/**
 * Data tests and what the catalog says in, the statements that decide them out. What is guaranteed is not asked; what is
 * asked twice is asked once; tests of the rows of one relation share its scan. Pure.
 */
import type { CompiledTest } from "../../domain/compiled.ts";
import { literal, type Sql, sql, textOf } from "../../domain/sql.ts";
import { isBig, type TestFacts } from "../../domain/test-facts.ts";
import type { PlanTests, TestCheck, TestStatement } from "../../domain/test-plan.ts";
import { failingRowsQuery, rowPredicate, whereOf } from "../../domain/test-sql.ts";

export const planTests: PlanTests = (tests, facts) => {
  const scans = new Map<string, { readonly from: Sql; readonly tests: CompiledTest[] }>();
  const statements: TestStatement[] = [];
  const queries = new Map<string, CompiledTest[]>();
  for (const test of tests) {
    if (test.failing.kind === "query" || test.relation === undefined) {
      const key = textOf(countedQuery(test));
      queries.set(key, [...(queries.get(key) ?? []), test]);
      continue;
    }
    const key = textOf(test.relation);
    const together = scans.get(key) ?? { from: test.relation, tests: [] };
    together.tests.push(test);
    scans.set(key, together);
  }
  for (const same of queries.values()) statements.push(queryStatement(same, facts));
  for (const { from, tests: together } of scans.values()) statements.push(...scanStatements(from, together, facts));
  return { proved: [], statements };
};

/** A statement has at most 1,664 result columns; two a test leave room. */
const CHECKS_PER_SCAN = 300;

const scanStatements = (from: Sql, tests: readonly CompiledTest[], facts: TestFacts): readonly TestStatement[] => {
  const size = isBig(facts.relations.get(textOf(from))) ? "big" : "small";
  const checks = checksOf(tests);
  const parts = Array.from({ length: Math.ceil(checks.length / CHECKS_PER_SCAN) }, (_, i) =>
    checks.slice(i * CHECKS_PER_SCAN, (i + 1) * CHECKS_PER_SCAN),
  );
  return parts.map((part, i) => ({
    name: `scan${parts.length === 1 ? "" : ` ${i + 1}`} of ${textOf(from)}`,
    from: sql`${from} as t`,
    reads: "rows",
    checks: part,
    size,
  }));
};

/** `count(*) filter (where f)`: the transition function is called for failing rows only, so it costs next to nothing. */
const checksOf = (tests: readonly CompiledTest[]): readonly TestCheck[] => {
  const checks = new Map<string, CompiledTest[]>();
  for (const test of tests) {
    const key = textOf(rowPredicate(test));
    checks.set(key, [...(checks.get(key) ?? []), test]);
  }
  return [...checks.values()].flatMap((same): TestCheck[] => {
    const [test] = same;
    if (test === undefined) return [];
    return [
      {
        tests: same,
        failures: sql`count(*) filter (where ${rowPredicate(test)})`,
        judged: test.where === undefined ? sql`count(*)` : sql`count(*) filter (where (\n${test.where}\n))`,
        how: test.judges === "new rows" ? "scan of the new rows" : "scan",
        onFailure: undefined,
      },
    ];
  });
};

const countedQuery = (test: CompiledTest): Sql => {
  const { limit } = test.node.config;
  const query = failingRowsQuery(test);
  return limit === undefined ? query : sql`select * from (\n${query}\n) as failing limit ${literal(limit)}`;
};

const queryStatement = (tests: readonly CompiledTest[], facts: TestFacts): TestStatement => {
  const [test] = tests;
  if (test === undefined) throw new Error("a statement of no test");
  const needsRows = tests.some(({ node: { config } }) => config.warnIf.isPercent || config.errorIf.isPercent);
  const size = tests.some((t) => t.relation !== undefined && isBig(facts.relations.get(textOf(t.relation))))
    ? "big"
    : "small";
  return {
    name: `query of ${test.node.name}`,
    from: sql`(\n${countedQuery(test)}\n) as failing`,
    reads: "failures",
    checks: [
      {
        tests,
        failures: sql`count(*)`,
        judged:
          needsRows && test.relation !== undefined
            ? sql`(select count(*) from ${test.relation} as t${whereOf(test)})`
            : undefined,
        how: "query",
        onFailure: undefined,
      },
    ],
    size,
  };
};
