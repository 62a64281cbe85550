/** Dear predicates over one column that has few values in, a statement that asks them once for each value out. */
import type { CompiledTest } from "../../domain/compiled.ts";
import { ident, sql } from "../../domain/sql.ts";
import type { TestStatement } from "../../domain/test-plan.ts";
import { whereOf } from "../../domain/test-sql.ts";

export const valueStatement = (tests: readonly CompiledTest[]): TestStatement => {
  const [test] = tests;
  const failing = test?.failing;
  if (test?.relation === undefined || failing?.kind !== "row") throw new Error("a statement of no test");
  const column = ident(failing.perValue ?? "");
  return {
    name: `values of ${test.node.name}`,
    // Without the fence the planner asks the predicate of each row, below the groups.
    from: sql`(select ${column}, count(*) as galley_n from ${test.relation} as t${whereOf(test)} group by ${column} offset 0) as t`,
    reads: "failures",
    checks: tests.map((one) => ({
      tests: [one],
      failures: sql`coalesce(sum(galley_n) filter (where (\n${one.failing.kind === "row" ? one.failing.predicate : sql`true`}\n)), 0)`,
      judged: sql`coalesce(sum(galley_n), 0)`,
      how: "values",
      onFailure: undefined,
    })),
    size: "big",
  };
};
