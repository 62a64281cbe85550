/** From a data test and its ending, or a violated constraint, to the event that tells of it. */
import type { CompiledTest } from "../../domain/compiled.ts";
import type { RunEvent } from "../../domain/event.ts";
import { nodeId, relationKey } from "../../domain/names.ts";
import type { ProvedTest } from "../../domain/plan.ts";
import type { ConstraintStep, Rule } from "../../domain/rule.ts";
import type { SubjectOf } from "../../domain/test-subject.ts";

export type TestFinished = Extract<RunEvent, { kind: "test_finished" }>;

/** What is said of a test's end, whoever decided it. */
type Ended = Pick<
  TestFinished,
  "status" | "failures" | "rows" | "decidedBy" | "statement" | "scanned" | "ms" | "sample" | "diagnostic"
> &
  Pick<Partial<TestFinished>, "because" | "findings">;

/** Field by field: thousands are told of while others wait to be sent, and spreading takes ten times as long. */
export const testEvent = ({ node }: CompiledTest, ended: Ended, subjectOf: SubjectOf): TestFinished => ({
  kind: "test_finished",
  test: node.id,
  name: node.name,
  description: node.description.trim() || undefined,
  owner: subjectOf(node.id, node.attachedTo).owner,
  tags: node.tags,
  node: node.attachedTo,
  column: node.column,
  severity: node.config.severity,
  status: ended.status,
  failures: ended.failures,
  failCalc: node.config.failCalc?.value,
  rows: ended.rows,
  decidedBy: ended.decidedBy,
  statement: ended.statement,
  scanned: ended.scanned,
  at: node.at,
  ms: ended.ms,
  sample: ended.sample,
  diagnostic: ended.diagnostic,
  because: ended.because,
  findings: ended.findings,
});

export const provedEvent = ({ test, by }: ProvedTest, subjectOf: SubjectOf): TestFinished =>
  testEvent(
    test,
    {
      status: "pass",
      failures: 0,
      rows: undefined,
      decidedBy: by,
      statement: undefined,
      scanned: 0,
      ms: 0,
      sample: undefined,
      diagnostic: undefined,
    },
    subjectOf,
  );

/** Of a test that was never sent. */
export const notRun = (
  test: CompiledTest,
  status: "skipped" | "cancelled",
  because: string,
  subjectOf: SubjectOf,
): TestFinished => testEvent(test, { ...NOTHING, status, because }, subjectOf);

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
