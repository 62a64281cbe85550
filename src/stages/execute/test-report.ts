/** Runs data tests and says how each ended: events with failing rows, records for the bookkeeping, exit codes. */
import type { CompiledTest } from "../../domain/compiled.ts";
import type { DatabaseError, Session } from "../../domain/contracts/database.ts";
import type { RunEvent } from "../../domain/event.ts";
import { type ExitCode, exitOf } from "../../domain/exit-code.ts";
import { nodeId } from "../../domain/names.ts";
import type { ProvedTest, Rule } from "../../domain/plan.ts";
import { sql } from "../../domain/sql.ts";
import type { PlanTests, TestStatement } from "../../domain/test-plan.ts";
import { sampleOf } from "./failing-rows.ts";
import { proofsOf } from "./lasting-tests.ts";
import type { TestRecord } from "./records.ts";
import type { RunContext } from "./run-context.ts";
import { type Asking, raised, runStatements } from "./run-tests.ts";
import type { TestEnding } from "./test-ending.ts";
import { factsFor } from "./test-facts.ts";

export type TestReport = {
  /** Asked of what the run has just built, `rows` of it where that is known. The exit codes that failures ask for. */
  readonly tests: (
    session: Session,
    tests: readonly CompiledTest[],
    rows: number | undefined,
  ) => Promise<readonly ExitCode[]>;
  /** Planned already, and asked of what others may write at the same time. Throws what may pass by itself, with nothing told. */
  readonly statements: (session: Session, statements: readonly TestStatement[]) => Promise<readonly ExitCode[]>;
  /** Sent as often as it made sense. */
  readonly unanswered: (statements: readonly TestStatement[], error: DatabaseError) => readonly ExitCode[];
  /** Tests that hold without a look at the rows. */
  readonly proved: (tests: readonly ProvedTest[]) => void;
  /** A constraint that the data violate, as the failed data test that it is, or as the tests that it stands for. */
  readonly violation: (session: Session, rule: Rule, ms: number, standsFor: readonly CompiledTest[]) => Promise<void>;
};

type Reporting = Pick<RunContext, "emit" | "clock" | "signal" | "projectName">;

export const makeTestReport = (
  run: Reporting,
  keyOf: (node: string) => readonly string[],
  planTests: PlanTests,
  remember: (record: TestRecord) => void,
): TestReport => {
  const finish = (event: TestFinished, proof: string | undefined): void => {
    run.emit(event);
    const { test, status, failures, rows, decidedBy, ms } = event;
    if (status !== "cancelled") remember({ test, status, failures, rows, decidedBy, ms, proof });
  };
  const ask = async (asking: Asking, statements: readonly TestStatement[]): Promise<readonly ExitCode[]> => {
    const endings = await runStatements(asking, statements);
    return finishAll(endings, await proofsOf(asking.session, endings));
  };
  const finishAll = (
    endings: readonly TestEnding[],
    proofs: ReadonlyMap<string, string | undefined>,
  ): readonly ExitCode[] => {
    const exits: ExitCode[] = [];
    for (const ending of endings) {
      finish(eventOf(ending), proofs.get(ending.test.node.id));
      if (ending.status === "fail") exits.push(1);
      else if (ending.status === "cancelled") exits.push(3);
      else if (ending.diagnostic !== undefined) exits.push(exitOf([ending.diagnostic]));
    }
    return exits;
  };
  const proved: TestReport["proved"] = (tests) => {
    for (const one of tests) finish(provedEvent(one), undefined);
  };
  const asking = (session: Session, snapshot: Asking["snapshot"]): Asking => ({ ...run, session, keyOf, snapshot });
  return {
    tests: async (session, tests, rows) => {
      if (tests.length === 0) return [];
      const plan = planTests(tests, await factsFor(session, tests, rows));
      proved(plan.proved);
      return ask(asking(session, "of each message"), plan.statements);
    },
    statements: (session, statements) => ask(asking(session, "kept"), statements),
    unanswered: (statements, error) => finishAll(raised(run, statements, error, 0), new Map()),
    proved,
    violation: async (session, rule, ms, standsFor) => {
      const event = await violationEvent(session, rule, ms, run.projectName, keyOf);
      if (standsFor.length === 0) finish(event, undefined);
      for (const { node } of standsFor)
        finish({ ...event, test: node.id, name: node.name, column: node.column, at: node.at }, undefined);
    },
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
  statement: undefined,
  scanned: 0,
  at: node.at,
  ms: 0,
  sample: undefined,
  diagnostic: undefined,
  because: undefined,
});

type TestFinished = Extract<RunEvent, { kind: "test_finished" }>;

const eventOf = ({ test: { node }, ...ending }: TestEnding): TestFinished => ({
  kind: "test_finished",
  test: node.id,
  name: node.name,
  node: node.attachedTo,
  column: node.column,
  severity: node.config.severity,
  at: node.at,
  ...ending,
  because: undefined,
});

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
    statement: undefined,
    scanned: undefined,
    ms,
    sample: violations === undefined ? undefined : await sampleOf(session, violations, front),
    diagnostic: undefined,
    because: undefined,
  };
};

/** Asked of a snapshot's rows by Galley: no constraint of the database stands for it. */
const isOfRows = ({ kind }: Rule): boolean => kind === "unique_key" || kind === "updated_at";
