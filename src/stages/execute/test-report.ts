/** Runs data tests and says how each ended: events with failing rows, records for the bookkeeping, exit codes. */
import type { CompiledTest } from "../../domain/compiled.ts";
import type { Session } from "../../domain/contracts/database.ts";
import type { RunEvent } from "../../domain/event.ts";
import { type ExitCode, exitOf } from "../../domain/exit-code.ts";
import { nodeId } from "../../domain/names.ts";
import type { ProvedTest, Rule } from "../../domain/plan.ts";
import { sql } from "../../domain/sql.ts";
import { sampleOf } from "./failing-rows.ts";
import { proofsOf } from "./lasting-tests.ts";
import type { TestRecord } from "./records.ts";
import type { RunContext } from "./run-context.ts";
import { failingRowsQuery, runTests, type TestEnding } from "./run-tests.ts";

export type TestReport = {
  /** The exit codes that their failures ask for. */
  readonly tests: (session: Session, tests: readonly CompiledTest[]) => Promise<readonly ExitCode[]>;
  /** Tests that hold without a look at the rows. */
  readonly proved: (tests: readonly ProvedTest[]) => void;
  /** A constraint that the data violate, as the failed data test that it is. */
  readonly violation: (session: Session, rule: Rule, ms: number) => Promise<void>;
};

type Reporting = Pick<RunContext, "emit" | "clock" | "signal" | "projectName">;

export const makeTestReport = (
  run: Reporting,
  keyOf: (node: string) => readonly string[],
  remember: (record: TestRecord) => void,
): TestReport => {
  const finish = (event: TestFinished, proof: string | undefined): void => {
    run.emit(event);
    const { test, status, failures, rows, decidedBy, ms } = event;
    if (status !== "cancelled") remember({ test, status, failures, rows, decidedBy, ms, proof });
  };
  return {
    tests: async (session, tests) => {
      const exits: ExitCode[] = [];
      const endings = await runTests(session, tests, run.clock, run.signal);
      const proofs = await proofsOf(session, endings);
      for (const ending of endings) {
        finish(await eventOf(session, ending, keyOf), proofs.get(ending.test.node.id));
        if (ending.status === "fail") exits.push(1);
        else if (ending.status === "cancelled") exits.push(3);
        else if (ending.diagnostic !== undefined) exits.push(exitOf([ending.diagnostic]));
      }
      return exits;
    },
    proved: (tests) => {
      for (const proved of tests) finish(provedEvent(proved), undefined);
    },
    violation: async (session, rule, ms) =>
      finish(await violationEvent(session, rule, ms, run.projectName, keyOf), undefined),
  };
};

const provedEvent = ({ test: { node }, by }: ProvedTest): TestFinished => ({
  kind: "test_finished",
  test: node.id,
  name: node.name,
  node: node.attachedTo,
  column: node.column,
  severity: node.config.severity,
  status: "pass",
  failures: 0,
  rows: undefined,
  decidedBy: by,
  at: node.at,
  ms: 0,
  sample: undefined,
  diagnostic: undefined,
  because: undefined,
});

type TestFinished = Extract<RunEvent, { kind: "test_finished" }>;

const eventOf = async (
  session: Session,
  ending: TestEnding,
  keyOf: (node: string) => readonly string[],
): Promise<TestFinished> => {
  const { node } = ending.test;
  const isShown = ending.failures > 0 && (ending.status === "fail" || ending.status === "warn");
  const front = {
    key: node.attachedTo === undefined ? [] : keyOf(node.attachedTo),
    tested: node.column === undefined ? [] : [node.column],
  };
  return {
    kind: "test_finished",
    test: node.id,
    name: node.name,
    node: node.attachedTo,
    column: node.column,
    severity: node.config.severity,
    status: ending.status,
    failures: ending.failures,
    rows: ending.rows,
    decidedBy: ending.decidedBy,
    at: node.at,
    ms: ending.ms,
    sample: isShown ? await sampleOf(session, failingRowsQuery(ending.test), front) : undefined,
    diagnostic: ending.diagnostic,
    because: undefined,
  };
};

const violationEvent = async (
  session: Session,
  rule: Rule,
  ms: number,
  projectName: string,
  keyOf: (node: string) => readonly string[],
): Promise<TestFinished> => {
  const { violations } = rule;
  const counted =
    violations === undefined
      ? undefined
      : await session.rows(sql`select count(*) as n from (\n${violations}\n) as failing`);
  const front = { key: keyOf(rule.node), tested: rule.columns };
  return {
    kind: "test_finished",
    test: nodeId(`test.${projectName}.${rule.name}`),
    name: rule.name,
    node: rule.node,
    column: rule.columns.length === 1 ? rule.columns[0] : undefined,
    severity: "error",
    status: "fail",
    failures: Number(counted?.[0]?.["n"] ?? 1),
    rows: undefined,
    at: rule.at,
    decidedBy: `${isOfRows(rule) ? "rule" : "constraint"} (${rule.kind.replace("_", " ")})`,
    ms,
    sample: violations === undefined ? undefined : await sampleOf(session, violations, front),
    diagnostic: undefined,
    because: undefined,
  };
};

/** Asked of a snapshot's rows by Galley: no constraint of the database stands for it. */
const isOfRows = ({ kind }: Rule): boolean => kind === "unique_key" || kind === "updated_at";
