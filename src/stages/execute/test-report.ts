/** Runs data tests and says how each ended: events with failing rows, records for the bookkeeping, exit codes. */
import type { CompiledTest } from "../../domain/compiled.ts";
import type { DatabaseError, Session } from "../../domain/contracts/database.ts";
import { type ExitCode, exitOf } from "../../domain/exit-code.ts";
import { isOfPast, type ProvePast } from "../../domain/past-proof.ts";
import type { ProvedTest } from "../../domain/plan.ts";
import type { Rule } from "../../domain/rule.ts";
import { shownText, sql } from "../../domain/sql.ts";
import type { PlanTests, TestStatement } from "../../domain/test-plan.ts";
import type { SubjectOf } from "../../domain/test-subject.ts";
import { type FoundRows, rowsOf } from "./failing-rows.ts";
import { proofsOf } from "./lasting-tests.ts";
import { runPastTests } from "./past-tests.ts";
import type { TestRecord } from "./records.ts";
import type { RunContext } from "./run-context.ts";
import { type Asking, raised, runMessage, runStatements } from "./run-tests.ts";
import type { TestEnding } from "./test-ending.ts";
import { provedEvent, type TestFinished, testEvent, violationFacts } from "./test-event.ts";
import { factsFor } from "./test-facts.ts";
import type { Message } from "./test-message.ts";

export type TestReport = {
  /** Asked of what the run has just built, `rows` of it where that is known. The exit codes that failures ask for. */
  readonly tests: (
    session: Session,
    tests: readonly CompiledTest[],
    rows: number | undefined,
  ) => Promise<readonly ExitCode[]>;
  /** Planned already, and asked of what others may write at the same time. Throws what may pass by itself, with nothing told. */
  readonly message: (session: Session, message: Message) => Promise<readonly ExitCode[]>;
  /** Sent as often as it made sense. */
  readonly unanswered: (statements: readonly TestStatement[], error: DatabaseError) => readonly ExitCode[];
  /** Those that need the past rebuilt. */
  readonly pasts: (tests: readonly CompiledTest[]) => Promise<readonly ExitCode[]>;
  /** Tests that hold without a look at the rows. */
  readonly proved: (tests: readonly ProvedTest[]) => void;
  /** A constraint that the data violate, as the failed data test that it is, or as the tests that it stands for. */
  readonly violation: (session: Session, rule: Rule, ms: number, standsFor: readonly CompiledTest[]) => Promise<void>;
};

/** Who tells of failing rows, of statements and of the past. */
export type Deciding = {
  readonly subjectOf: SubjectOf;
  readonly planTests: PlanTests;
  readonly prove: ProvePast;
};

type Reporting = Pick<RunContext, "database" | "emit" | "clock" | "signal" | "projectName">;

export const makeTestReport = (
  run: Reporting,
  { subjectOf, planTests, prove }: Deciding,
  remember: (record: TestRecord) => void,
): TestReport => {
  const finish = (event: TestFinished, { proof, stored }: Kept): void => {
    run.emit(event);
    const { test, status, failures, rows, decidedBy, ms } = event;
    if (status !== "cancelled") remember({ test, status, failures, rows, decidedBy, ms, proof, stored });
  };
  const told = async ({ session }: Asking, endings: readonly TestEnding[]): Promise<readonly ExitCode[]> =>
    finishAll(endings, await proofsOf(session, endings));
  const finishAll = (
    endings: readonly TestEnding[],
    proofs: ReadonlyMap<string, string | undefined>,
  ): readonly ExitCode[] => {
    const exits: ExitCode[] = [];
    for (const ending of endings) {
      finish(testEvent(ending.test, ending, subjectOf), {
        proof: proofs.get(ending.test.node.id),
        stored: ending.stored,
      });
      if (ending.status === "fail") exits.push(1);
      else if (ending.status === "cancelled") exits.push(3);
      else if (ending.diagnostic !== undefined) exits.push(exitOf([ending.diagnostic]));
    }
    return exits;
  };
  const proved: TestReport["proved"] = (tests) => {
    for (const one of tests) finish(provedEvent(one, subjectOf), NOTHING_KEPT);
  };
  const { clock, signal } = run;
  const asking = (session: Session, snapshot: Asking["snapshot"]): Asking => ({
    session,
    clock,
    signal,
    subjectOf,
    snapshot,
  });
  const pasts: TestReport["pasts"] = async (tests) =>
    finishAll(await runPastTests({ ...run, subjectOf, prove }, tests), new Map());
  return {
    tests: async (session, all, rows) => {
      const tests = all.filter((test) => !isOfPast(test));
      const ofPast = all.filter(isOfPast);
      const exits = ofPast.length === 0 ? [] : await pasts(ofPast);
      if (tests.length === 0) return exits;
      const plan = planTests(tests, await factsFor(session, tests, run.database.serverVersion, rows));
      proved(plan.proved);
      const each = asking(session, "of each message");
      return [...exits, ...(await told(each, await runStatements(each, plan.statements)))];
    },
    pasts,
    message: async (session, message) => {
      const kept = asking(session, "kept");
      return told(kept, await runMessage(kept, message));
    },
    unanswered: (statements, error) => finishAll(raised({ ...run, subjectOf }, statements, error, 0), new Map()),
    proved,
    violation: async (session, rule, ms, standsFor) => {
      const { found, ...facts } = await violationOf(session, rule, run.projectName, subjectOf);
      const event = { ...facts, ms, sample: found?.sample };
      const kept = { proof: undefined, stored: found?.stored };
      if (standsFor.length === 0) finish(event, kept);
      for (const test of standsFor) finish(testEvent(test, event, subjectOf), kept);
    },
  };
};

type Kept = Pick<TestRecord, "proof" | "stored">;

const NOTHING_KEPT: Kept = { proof: undefined, stored: undefined };

/** Their violations are keys and how often each stands. */
const KEYS: readonly Rule["kind"][] = ["primary_key", "unique", "unique index", "unique_key"];

const violationOf = async (
  session: Session,
  rule: Rule,
  projectName: string,
  subjectOf: SubjectOf,
): Promise<TestFinished & { readonly found: FoundRows | undefined }> => {
  const facts = violationFacts(rule, projectName, subjectOf);
  const { violations } = rule;
  if (violations === undefined) return { ...facts, found: undefined };
  const counted = await session.rows(sql`select count(*) as n from (\n${violations}\n) as failing`);
  const subject = subjectOf(facts.test, rule.node);
  const asked = {
    subject,
    tested: rule.columns,
    groupedBy: KEYS.includes(rule.kind) ? rule.columns : [],
    query: shownText(violations).trim(),
  };
  return {
    ...facts,
    failures: Number(counted[0]?.["n"] ?? 1),
    found: await rowsOf(session, violations, asked),
  };
};
