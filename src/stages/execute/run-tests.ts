/**
 * Planned data tests in, their endings out. A message that raises is looked at closer, so that a test that raises takes
 * no other with it: the server names a place in wrong SQL; for wrong values the statements are asked in parts.
 */
import type { CompiledTest } from "../../domain/compiled.ts";
import { DatabaseError, type Session } from "../../domain/contracts/database.ts";
import { databaseDiagnostic } from "../../domain/database-diagnostic.ts";
import { withoutValues } from "../../domain/personal.ts";
import { sql } from "../../domain/sql.ts";
import { isConnectionLoss, isTransient, SQLSTATE } from "../../domain/sqlstate.ts";
import type { TestCheck, TestStatement } from "../../domain/test-plan.ts";
import type { SubjectOf } from "../../domain/test-subject.ts";
import { statusOf } from "../../domain/threshold.ts";
import type { TestEnding } from "./test-ending.ts";
import { atPosition, type Counted, countedIn, type Message, plainMessageOf } from "./test-message.ts";
import { messagesOf, partedStatement } from "./test-parts.ts";
import { type Snapshot, samplesOf } from "./test-samples.ts";

export type Asking = {
  readonly session: Session;
  readonly clock: () => number;
  readonly signal: AbortSignal;
  readonly subjectOf: SubjectOf;
  /** `kept`: failing rows are looked for in the snapshot that counted them, since others write there. */
  readonly snapshot: Snapshot;
};

export const runStatements = async (
  asking: Asking,
  statements: readonly TestStatement[],
): Promise<readonly TestEnding[]> => {
  const endings: TestEnding[] = [];
  for (const message of messagesOf(statements)) endings.push(...(await runMessage(asking, message)));
  return endings;
};

export const runMessage = async (asking: Asking, message: Message): Promise<readonly TestEnding[]> => {
  const { session, clock, snapshot } = asking;
  const { statements, text } = message;
  if (statements.length === 0) return [];
  const startedAt = clock();
  const isKept = snapshot === "kept";
  let counted: readonly Counted[];
  try {
    counted = countedIn(message, await session.tables(isKept ? text : sql`${text}; commit`));
  } catch (error) {
    // Nothing has been told yet: whoever sent it begins again, with another snapshot.
    if (!(error instanceof DatabaseError) || (isKept && isTransient(error.sqlstate))) throw error;
    return closer(asking, message, error, clock() - startedAt);
  }
  const ms = clock() - startedAt;
  const isUndecided = ({ check, failures }: Counted): boolean => check.onFailure !== undefined && failures > 0;
  const decided = counted.filter((c) => !isUndecided(c)).flatMap((c) => endingsOf(c, ms));
  const samples = await samplesOf(session, decided, asking.subjectOf, snapshot);
  if (isKept) await session.run(sql`commit`);
  const undecided = counted.filter(isUndecided).flatMap(({ check }) => check.onFailure?.() ?? []);
  const told =
    samples.size === 0 ? decided : decided.map((ending) => ({ ...ending, ...samples.get(ending.test.node.id) }));
  return undecided.length === 0 ? told : [...told, ...(await runStatements(asking, undecided))];
};

const endingsOf = (
  { statement, check, failures: found, judged, scanned }: Counted,
  ms: number,
): readonly TestEnding[] => {
  const together = statement.checks.reduce((sum, c) => sum + c.tests.length, 0);
  const decidedBy = together === 1 ? check.how : `${check.how} shared by ${together} tests`;
  return check.tests.map((test) => {
    const { limit } = test.node.config;
    const failures = limit === undefined ? found : Math.min(found, limit);
    return {
      test,
      status: statusOf(test.node.config, found, judged),
      failures,
      rows: judged,
      decidedBy,
      statement: statement.name,
      scanned,
      ms,
      sample: undefined,
      stored: undefined,
      diagnostic: undefined,
    };
  });
};

/** Sent again without what raised, where that is known; else in parts, until it is. */
const closer = async (
  asking: Asking,
  message: Message,
  error: DatabaseError,
  ms: number,
): Promise<readonly TestEnding[]> => {
  const { statements } = message;
  const isLost = isConnectionLoss(error.sqlstate) || asking.signal.aborted;
  if (message.asks === "by lookup" && !isLost) return runMessage(asking, plainMessageOf(statements));
  const checks = statements.flatMap((s) => s.checks);
  if (isLost || checks.length === 1) return raised(asking, statements, error, ms);
  const at = error.position === undefined ? undefined : atPosition(message, error.position);
  if (at !== undefined) {
    const wrong = at.check === undefined ? at.statement : { ...at.statement, checks: [at.check] };
    const rest = statements.flatMap((s) => (s === at.statement ? without(s, wrong.checks) : [s]));
    return [...raised(asking, [wrong], error, ms), ...(await runMessage(asking, plainMessageOf(rest)))];
  }
  const parts = statements.length > 1 ? statements : statements.flatMap(partedStatement);
  const endings: TestEnding[] = [];
  for (const part of parts) endings.push(...(await runMessage(asking, plainMessageOf([part]))));
  return endings;
};

const without = (statement: TestStatement, wrong: readonly TestCheck[]): readonly TestStatement[] => {
  const checks = statement.checks.filter((check) => !wrong.includes(check));
  return checks.length === 0 ? [] : [{ ...statement, checks }];
};

export const raised = (
  { signal, subjectOf }: Pick<Asking, "signal" | "subjectOf">,
  statements: readonly TestStatement[],
  error: DatabaseError,
  ms: number,
): readonly TestEnding[] => {
  const isCancelled = error.sqlstate === SQLSTATE.queryCanceled && signal.aborted;
  return statements.flatMap((statement) =>
    statement.checks.flatMap(({ tests, how }) =>
      tests.map((test) => ({
        test,
        status: isCancelled ? ("cancelled" as const) : ("error" as const),
        failures: 0,
        rows: undefined,
        decidedBy: how,
        statement: statement.name,
        scanned: undefined,
        ms,
        sample: undefined,
        stored: undefined,
        diagnostic: isCancelled
          ? undefined
          : databaseDiagnostic(shownError(error, test, subjectOf), "execute/test-error", test.node.name, test.node.at),
      })),
    ),
  );
};

/** The value that could not be read may be a personal one: its place and its type say enough. */
const shownError = (error: DatabaseError, { node }: CompiledTest, subjectOf: SubjectOf): DatabaseError =>
  error.sqlstate.startsWith("22") && subjectOf(node.id, node.attachedTo).personal.size > 0
    ? new DatabaseError(withoutValues(error.message), {
        ...error,
        detail: error.detail && withoutValues(error.detail),
        context: undefined,
      })
    : error;
