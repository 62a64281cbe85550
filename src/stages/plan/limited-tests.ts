/**
 * Data tests and what the catalog says in, the statements that decide them out; a test that has a time limit of its own
 * shares none, so that it is stopped by its own limit and stops nobody else. Pure.
 */
import type { PlanTests } from "../../domain/test-plan.ts";
import { planTests } from "./test-plan.ts";

export const planLimitedTests: PlanTests = (tests, facts) => {
  const isApart = (test: (typeof tests)[number]): boolean => test.node.config.timeout?.isOwn === true;
  if (!tests.some(isApart)) return planTests(tests, facts);
  const together = planTests(
    tests.filter((test) => !isApart(test)),
    facts,
  );
  const apart = tests.filter(isApart).map((test) => {
    const { proved, statements } = planTests([test], facts);
    // The name tells who has shared a statement.
    return { proved, statements: statements.map((s) => ({ ...s, name: `${s.name} for ${test.node.name}` })) };
  });
  return {
    proved: [...together.proved, ...apart.flatMap((plan) => plan.proved)],
    statements: [...together.statements, ...apart.flatMap((plan) => plan.statements)],
  };
};
