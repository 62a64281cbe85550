/** A data test that is a query of failing rows, as a statement that counts them. */
import type { CompiledTest } from "../../domain/compiled.ts";
import { literal, type Sql, sql, textOf } from "../../domain/sql.ts";
import { isBig, type TestFacts } from "../../domain/test-facts.ts";
import type { TestStatement } from "../../domain/test-plan.ts";
import { failingRowsQuery, whereOf } from "../../domain/test-sql.ts";

/** Tests of which it is the same are asked once. */
export const sameQuery = (test: CompiledTest): string => textOf(countedQuery(test));

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
        failures: sql`count(*)`,
        judged:
          needsRows && relation !== undefined
            ? sql`(select count(*) from ${relation} as t${whereOf(test)})`
            : undefined,
        how: "query",
        onFailure: undefined,
      },
    ],
    size: relation !== undefined && isBig(facts.relations.get(textOf(relation))) ? "big" : "small",
  };
};
