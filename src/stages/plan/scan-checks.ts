/** Tests that ride in the scan of their relation in, what is asked of it out: identical questions once. */
import type { CompiledTest } from "../../domain/compiled.ts";
import { ident, type Sql, sql, textOf } from "../../domain/sql.ts";
import type { TestCheck } from "../../domain/test-plan.ts";
import { rowPredicate } from "../../domain/test-sql.ts";

export const scanChecks = (tests: readonly CompiledTest[]): readonly TestCheck[] => {
  const checks = new Map<string, TestCheck & { readonly tests: CompiledTest[] }>();
  for (const test of tests) {
    const failures = failuresOf(test);
    // The rows judged are part of the question: an aggregate over all rows may be one over some of them elsewhere.
    const key = `${textOf(failures)} of ${test.where === undefined ? "" : textOf(test.where)}`;
    const same = checks.get(key) ?? {
      tests: [],
      failures,
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
  const field = ident(failing.field);
  const column = sql`t.${ident(failing.column)}`;
  const among = failing.among === undefined ? sql`` : sql` and (\n${failing.among}\n)`;
  const predicate = sql`${column} is not null and ${column} not in (select p.${field} from ${failing.parent} as p where p.${field} is not null${among})`;
  return rowPredicate({ failing: { kind: "row", predicate, perValue: undefined }, where });
};
