/** What the data tests of an incremental model need to read when only its new rows are built. */
import type { CompiledTest } from "../../domain/compiled.ts";
import type { ModelNode } from "../../domain/manifest.ts";
import type { ConstraintStep, DeltaStep, ProvedTest } from "../../domain/plan.ts";
import { isSameSet } from "./delta-checks.ts";

export type DeltaTests = { readonly tests: readonly CompiledTest[]; readonly proved: readonly ProvedTest[] };

/**
 * That no key stands twice is proved by two unique indexes, of live and of the new rows, because a live row with the key
 * of a new one is replaced. Predicates would let such a row stay.
 */
export const testsOfDelta = (
  node: ModelNode,
  step: DeltaStep,
  constraints: readonly ConstraintStep[],
  tests: readonly CompiledTest[],
): DeltaTests => {
  const index = constraints.find((c) => UNIQUE.has(c.kind) && isSameSet(c.columns, step.key));
  const isProved = ({ node: test }: CompiledTest): boolean =>
    index !== undefined &&
    step.predicates.length === 0 &&
    test.attachedTo === node.id &&
    test.test.kind === "generic" &&
    test.test.name === "unique" &&
    isSameSet([test.column ?? ""], step.key) &&
    test.config.scope === "delta" &&
    [test.config.errorIf, test.config.warnIf].every(
      (t) => t.operator === ">" || (t.operator === "!=" && t.value === 0),
    );
  return {
    tests: tests.filter((test) => !isProved(test)),
    proved: tests.filter(isProved).map((test) => ({ test, by: `catalog (unique index ${index?.name})` })),
  };
};

const UNIQUE: ReadonlySet<string> = new Set(["primary_key", "unique", "unique index"]);
