/** Data tests that need the past rebuilt in, their endings out: whoever can rebuild it says what differs, here it is judged. */
import type { CompiledTest } from "../../domain/compiled.ts";
import { DatabaseError, type Session } from "../../domain/contracts/database.ts";
import { databaseDiagnostic } from "../../domain/database-diagnostic.ts";
import type { Diagnostic } from "../../domain/diagnostic.ts";
import type { PastAnswer, PastProof, ProvePast } from "../../domain/past-proof.ts";
import { sql } from "../../domain/sql.ts";
import type { SubjectOf } from "../../domain/test-subject.ts";
import { statusOf } from "../../domain/threshold.ts";
import { rowsOf } from "./failing-rows.ts";
import type { RunContext } from "./run-context.ts";
import type { TestEnding } from "./test-ending.ts";

export type AskingPast = Pick<RunContext, "clock" | "signal" | "emit"> & {
  readonly subjectOf: SubjectOf;
  readonly prove: ProvePast;
};

export const runPastTests = async (
  asking: AskingPast,
  tests: readonly CompiledTest[],
): Promise<readonly TestEnding[]> => {
  const { clock, signal, prove, emit } = asking;
  const startedAt = clock();
  const endings: TestEnding[] = [];
  const ending = (
    of: readonly CompiledTest[],
    status: "error" | "warn" | "cancelled",
    diagnostic: Diagnostic | undefined,
  ) => of.map((test): TestEnding => ({ ...NOTHING, test, status, ms: clock() - startedAt, diagnostic }));
  const answer = async (found: PastAnswer): Promise<void> => {
    if (found.kind === "proof") {
      endings.push(await endingOf(found, asking.subjectOf, clock() - startedAt));
      return;
    }
    if (found.kind === "not proved") {
      const because = `not proved: ${found.because}`;
      endings.push(...ending(found.tests, "warn", undefined).map((one) => ({ ...one, because })));
      return;
    }
    const [first, ...others] = found.diagnostics;
    for (const diagnostic of others) emit({ kind: "diagnostic", diagnostic });
    endings.push(...ending(found.tests, "error", first));
  };
  try {
    await prove({ tests, signal }, answer);
  } catch (error) {
    const told = new Set(endings.map(({ test }) => test));
    const left = tests.filter((test) => !told.has(test));
    if (signal.aborted) return [...endings, ...ending(left, "cancelled", undefined)];
    if (!(error instanceof DatabaseError)) throw error;
    const diagnostic = databaseDiagnostic(error, "execute/test-error", left[0]?.node.name ?? "", left[0]?.node.at);
    endings.push(...ending(left, "error", diagnostic));
  }
  return endings;
};

const NOTHING = {
  failures: 0,
  rows: undefined,
  decidedBy: "rebuilding the past",
  statement: undefined,
  scanned: undefined,
  sample: undefined,
  stored: undefined,
} as const;

/** What could not be looked at warns whatever the severity is: it is no failure, and a pass would be believed. */
const endingOf = async (
  { proof, session }: Extract<PastAnswer, { kind: "proof" }>,
  subjectOf: SubjectOf,
  ms: number,
): Promise<TestEnding> => {
  const { test, verdict, because, findings, decidedBy, rows } = proof;
  const counted = await failuresOf(session, proof);
  const { limit } = test.node.config;
  const failures = limit === undefined ? counted : Math.min(counted, limit);
  const judged = statusOf(test.node.config, failures, rows);
  const status = verdict === "doubt" && judged === "pass" ? "warn" : judged;
  const found = failures > 0 && status !== "pass" ? await sampleOf(session, proof, subjectOf) : undefined;
  const told = { because, findings, decidedBy, rows, failures, ms, sample: found?.sample, stored: found?.stored };
  return { ...NOTHING, test, status, ...told, diagnostic: undefined };
};

const failuresOf = async (session: Session, { failing, differing }: PastProof): Promise<number> => {
  if (failing === undefined) return differing;
  const [row] = await session.rows(sql`select count(*) as n from (\n${failing.query}\n) as failing`);
  return Number(row?.["n"] ?? 0);
};

/** What was compared is gone when the run is over: there is no query that would show the rows then. */
const sampleOf = async (session: Session, { test, failing }: PastProof, subjectOf: SubjectOf) => {
  if (failing === undefined) return undefined;
  const subject = subjectOf(test.node.id, test.node.attachedTo);
  const asked = { subject, tested: failing.tested, groupedBy: [], query: "" };
  return rowsOf(session, failing.query, asked);
};
