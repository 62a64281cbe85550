/** From a data test and its ending, or a violated constraint, to the event that tells of it. */
import type { CompiledTest } from "../../domain/compiled.ts";
import type { RunEvent } from "../../domain/event.ts";
import { nodeId, relationKey } from "../../domain/names.ts";
import type { ConstraintStep, ProvedTest, Rule } from "../../domain/plan.ts";
import type { SubjectOf } from "../../domain/test-subject.ts";
import type { TestEnding } from "./test-ending.ts";

export type TestFinished = Extract<RunEvent, { kind: "test_finished" }>;

/** What is to be stored is no part of it. Field by field: thousands are told of while others wait to be sent. */
export const testEvent = (ending: TestEnding, subjectOf: SubjectOf): TestFinished => ({
  ...identityOf(ending.test, subjectOf),
  kind: "test_finished",
  status: ending.status,
  failures: ending.failures,
  rows: ending.rows,
  decidedBy: ending.decidedBy,
  statement: ending.statement,
  scanned: ending.scanned,
  ms: ending.ms,
  sample: ending.sample,
  diagnostic: ending.diagnostic,
  because: undefined,
});

export const provedEvent = ({ test, by }: ProvedTest, subjectOf: SubjectOf): TestFinished => ({
  ...identityOf(test, subjectOf),
  kind: "test_finished",
  status: "pass",
  failures: 0,
  rows: undefined,
  decidedBy: by,
  statement: undefined,
  scanned: 0,
  ms: 0,
  sample: undefined,
  diagnostic: undefined,
  because: undefined,
});

/** Of a test that was never sent. */
export const notRun = (
  test: CompiledTest,
  status: "skipped" | "cancelled",
  because: string,
  subjectOf: SubjectOf,
): TestFinished => ({ ...NOTHING, ...identityOf(test, subjectOf), status, because });

/** A constraint is a test by its own name. */
export const violationFacts = (
  rule: Rule | ConstraintStep,
  projectName: string,
  subjectOf: SubjectOf,
): TestFinished => {
  const { name, node, columns, at, kind } = rule;
  // Its rows are none of the node's.
  const table = "origin" in rule && rule.origin === "outside" ? relationKey(rule.relation) : undefined;
  const test = nodeId(`test.${projectName}.${name}`);
  return {
    ...NOTHING,
    test,
    name,
    description: table === undefined ? undefined : `rows of ${table} that would be left without what they refer to`,
    owner: subjectOf(test, node).owner,
    tags: [],
    node: table === undefined ? node : undefined,
    column: columns.length === 1 ? columns[0] : undefined,
    severity: "error",
    status: "fail",
    failures: 1,
    decidedBy: `${isOfRows(kind) ? "rule" : "constraint"} (${kind.replace("_", " ")})`,
    at,
  };
};

/** Asked of a snapshot's rows by Galley: no constraint of the database stands for it. */
const isOfRows = (kind: Rule["kind"]): boolean => kind === "unique_key" || kind === "updated_at";

/** What tells the test from others, whoever decided it. */
export const identityOf = ({ node }: CompiledTest, subjectOf: SubjectOf) => ({
  test: node.id,
  name: node.name,
  description: node.description.trim() || undefined,
  owner: subjectOf(node.id, node.attachedTo).owner,
  tags: node.tags,
  node: node.attachedTo,
  column: node.column,
  severity: node.config.severity,
  at: node.at,
});

const NOTHING = {
  kind: "test_finished",
  status: "pass",
  failures: 0,
  rows: undefined,
  decidedBy: "",
  statement: undefined,
  scanned: undefined,
  ms: 0,
  sample: undefined,
  diagnostic: undefined,
  because: undefined,
} as const;
