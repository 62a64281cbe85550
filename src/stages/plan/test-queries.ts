/** A data test that is a query of failing rows, as a statement that counts them. */
import type { CompiledTest } from "../../domain/compiled.ts";
import { authored, literal, type Sql, sql, textOf } from "../../domain/sql.ts";
import { isBig, type TestFacts } from "../../domain/test-facts.ts";
import type { TestStatement } from "../../domain/test-plan.ts";
import { failingRowsQuery, whereOf } from "../../domain/test-sql.ts";

/** Tests of which it is the same are asked once. */
export const sameQuery = (test: CompiledTest): string => `${textOf(countOf(test))} of ${textOf(countedQuery(test))}`;

/** Of rows and values that may be anything: whatever is above none counts as one at least. */
const countOf = ({ node: { config } }: CompiledTest): Sql => {
  if (config.failCalc === undefined) return sql`count(*)`;
  const { value, span } = config.failCalc;
  return sql`coalesce(ceil((\n${authored(value, { span, calledFrom: [] })}\n)::numeric), 0)`;
};

const countedQuery = (test: CompiledTest): Sql => {
  const { limit } = test.node.config;
  const query = failingRowsQuery(test);
  return limit === undefined ? query : sql`select * from (\n${query}\n) as failing limit ${literal(limit)}`;
};

export const queryStatement = (tests: readonly CompiledTest[], facts: TestFacts): TestStatement => {
  const [test] = tests;
  if (test === undefined) throw new Error("a statement of no test");
  const { relation } = test;
  const needsRows = tests.some(({ node: { config } }) => config.warnIf.isPercent || config.errorIf.isPercent);
  return {
    name: `query of ${test.node.name}`,
    from: sql`(\n${countedQuery(test)}\n) as failing`,
    reads: "failures",
    checks: [
      {
        tests,
        failures: countOf(test),
        judged: needsRows ? judgedBy(test) : undefined,
        how: "query",
        onFailure: undefined,
      },
    ],
    size: relation !== undefined && isBig(facts.relations.get(textOf(relation))) ? "big" : "small",
  };
};

const judgedBy = (test: CompiledTest): Sql | undefined => {
  if (test.failing.kind === "query" && test.failing.judged !== undefined) return test.failing.judged;
  return test.relation === undefined ? undefined : sql`(select count(*) from ${test.relation} as t${whereOf(test)})`;
};

/** A look that proves there are no failing rows, or else the query of them. */
export const screenStatement = (tests: readonly CompiledTest[], facts: TestFacts): TestStatement => {
  const exact = queryStatement(tests, facts);
  const failing = tests[0]?.failing;
  if (failing?.kind !== "screened") return exact;
  const [check] = exact.checks;
  return {
    ...exact,
    name: exact.name.replace("query", failing.how),
    from: failing.from,
    checks: [{ tests, failures: failing.suspects, judged: check?.judged, how: failing.how, onFailure: () => exact }],
  };
};
