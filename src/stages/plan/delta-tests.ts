/** What the data tests of an incremental model need to read when only its new rows are built. */

import type { DeltaStep } from "../../domain/build-steps.ts";
import type { CompiledTest } from "../../domain/compiled.ts";
import type { BuiltNode, ModelNode } from "../../domain/manifest.ts";
import { type RelationName, relationKey, workspaceOf } from "../../domain/names.ts";
import type { ProvedTest } from "../../domain/plan.ts";
import type { ConstraintStep } from "../../domain/rule.ts";
import { relation } from "../../domain/sql.ts";
import { byRowConstraints } from "./declared-tests.ts";
import { isSameSet } from "./delta-checks.ts";
import type { PlanRequest } from "./request.ts";
import { proofOf } from "./test-proofs.ts";

export type DeltaTests = { readonly tests: readonly CompiledTest[]; readonly proved: readonly ProvedTest[] };

/** Of a whole build all rows are judged; a pass is remembered for the runs that build only new ones. */
export const testsOfAll = (
  request: PlanRequest,
  node: BuiltNode,
  tests: readonly CompiledTest[],
): readonly CompiledTest[] => {
  if (node.kind !== "model" || !request.materializations[node.config.materialized].takesDeltas) return tests;
  const workspace = { schema: workspaceOf(node.relation.schema), name: node.relation.name };
  return tests.map((test) => withProof(request, node, test, workspace));
};

/**
 * That no key stands twice is proved by two unique indexes, of live and of the new rows, because a live row with the key
 * of a new one is replaced. Predicates would let such a row stay.
 */
export const testsOfDelta = (
  request: PlanRequest,
  node: ModelNode,
  step: DeltaStep,
  constraints: readonly ConstraintStep[],
  tests: readonly CompiledTest[],
): DeltaTests => {
  const { proved: ofRows, asked } = byRowConstraints(request.manifest, node, tests);
  const index = constraints.find((c) => UNIQUE.has(c.kind) && isSameSet(c.columns, step.key));
  const isProved = ({ node: test }: CompiledTest): boolean =>
    index !== undefined &&
    step.predicates.length === 0 &&
    test.attachedTo === node.id &&
    test.test.kind === "generic" &&
    test.test.name === "unique" &&
    test.config.failCalc === undefined &&
    isSameSet([test.column ?? ""], step.key) &&
    test.config.scope === "delta" &&
    [test.config.errorIf, test.config.warnIf].every(
      (t) => t.operator === ">" || (t.operator === "!=" && t.value === 0),
    );
  return {
    tests: asked.filter((test) => !isProved(test)).map((test) => ofNewRows(request, node, step, test)),
    proved: [
      ...ofRows,
      ...asked.filter(isProved).map((test) => ({
        test,
        by: `guaranteed by ${index?.kind === "unique index" ? "unique index" : "constraint"} ${index?.name}`,
        constraint: index?.name,
      })),
    ],
  };
};

const UNIQUE: ReadonlySet<string> = new Set(["primary_key", "unique", "unique index"]);

/**
 * A live row that stays was judged when it came, by this very test: the run that published what stands on live passed it.
 * Where columns of live may change their type, its rows are others afterwards.
 */
const ofNewRows = (request: PlanRequest, node: ModelNode, step: DeltaStep, asked: CompiledTest): CompiledTest => {
  const test = withProof(request, node, asked, step.delta);
  const { recorded, proofs } = request.catalog;
  const publishedBy = recorded.find((r) => relationKey(r.name) === relationKey(node.relation))?.runId;
  const isKnown =
    step.onSchemaChange !== "sync_all_columns" &&
    proofs.some((p) => p.test === test.node.id && p.runId === publishedBy && p.fingerprint === test.proof?.fingerprint);
  return isKnown ? { ...test, relation: relation(step.delta), judges: "new rows" } : test;
};

const withProof = (
  { compiled }: PlanRequest,
  node: ModelNode,
  test: CompiledTest,
  columnsOf: RelationName,
): CompiledTest => {
  // The query of the new rows does not see what a hook does to the others.
  if (compiled.hooks.has(node.id)) return test;
  const fingerprint = proofOf(node, compiled.models.get(node.id)?.fingerprint ?? "", test);
  return fingerprint === undefined ? test : { ...test, proof: { fingerprint, columnsOf } };
};
