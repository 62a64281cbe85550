/**
 * Unit tests and what makes their statements in, their endings out. Many statements go in one message, in a read-only
 * transaction that is rolled back; a message that raises is halved until the statement is found, so that it takes no
 * other with it.
 */

import type { CompiledUnitTest } from "../../../domain/compiled-unit-test.ts";
import { DatabaseError, type QueryResult, type Row, type Session } from "../../../domain/contracts/database.ts";
import { databaseDiagnostic } from "../../../domain/database-diagnostic.ts";
import { type Diagnostic, errorOf } from "../../../domain/diagnostic.ts";
import { joinSql, originAt, sql } from "../../../domain/sql.ts";
import { isConnectionLoss, isTransient, SQLSTATE } from "../../../domain/sqlstate.ts";
import type { SubjectOf } from "../../../domain/test-subject.ts";
import type { FixtureCell, RowDifferences } from "../../../domain/unit-test.ts";
import { unreachable } from "../../../domain/unreachable.ts";
import type { UnitCase } from "./case.ts";
import { type Cells, differencesOf } from "./compare.ts";
import type { UnitTests } from "./prepare.ts";

export type UnitEnding = {
  readonly test: CompiledUnitTest;
  readonly status: "pass" | "fail" | "error" | "cancelled";
  readonly differences: RowDifferences | undefined;
  readonly diagnostics: readonly Diagnostic[];
  /** Of the message that it was in. */
  readonly ms: number;
};

export type UnitAsking = {
  readonly session: Session;
  readonly clock: () => number;
  readonly signal: AbortSignal;
  /** Tells by which columns a model's rows are told apart. */
  readonly subjectOf: SubjectOf;
};

const CASES_A_MESSAGE = 25;

/**
 * In the order in which they were given. Throws where the connection is gone, and what may pass by itself. While the
 * server works on a message the next one is made, and the rows of the one before are compared.
 */
export const runUnitTests = async (
  asking: UnitAsking,
  tests: readonly CompiledUnitTest[],
  prepared: UnitTests,
): Promise<readonly UnitEnding[]> => {
  const endings = new Map<CompiledUnitTest, UnitEnding>();
  const casesFrom = (at: number): readonly UnitCase[] =>
    tests
      .slice(at, at + CASES_A_MESSAGE)
      .map(prepared)
      .flatMap((one) => {
        if (one.kind === "ready") return [one.unit];
        endings.set(one.test, wrong(one.test, one.diagnostics, 0));
        return [];
      });
  let asked = answersTo(asking, casesFrom(0));
  for (let at = CASES_A_MESSAGE; ; at += CASES_A_MESSAGE) {
    const isLast = at >= tests.length || asking.signal.aborted;
    const next = isLast ? [] : casesFrom(at);
    const answers = await asked;
    asked = answersTo(asking, next);
    for (const answer of answers) endings.set(answer.one.test, endingOf(asking, answer));
    if (isLast) break;
  }
  return tests.map((test) => endings.get(test) ?? cancelled(test));
};

/** What the server said of one case: the rows of both sides, or what it raised. */
type Answer = { readonly one: UnitCase; readonly ms: number } & (
  | { readonly kind: "rows"; readonly result: QueryResult | undefined }
  | { readonly kind: "raised"; readonly error: DatabaseError }
  | { readonly kind: "cancelled" }
);

const answersTo = async (asking: UnitAsking, cases: readonly UnitCase[]): Promise<readonly Answer[]> => {
  if (cases.length === 0) return [];
  const startedAt = asking.clock();
  const elapsed = (): number => asking.clock() - startedAt;
  const statements = joinSql(
    cases.map((one) => one.statement),
    sql`;\n`,
  );
  try {
    const results = await asking.session.run(sql`begin read only;\n${statements};\nrollback`);
    const ms = elapsed();
    return cases.map((one, i) => ({ kind: "rows", one, result: results[i + 1], ms }));
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    if (error.sqlstate === SQLSTATE.queryCanceled && asking.signal.aborted)
      return cases.map((one) => ({ kind: "cancelled", one, ms: 0 }));
    if (isConnectionLoss(error.sqlstate) || isTransient(error.sqlstate)) throw error;
    const [first] = cases;
    if (cases.length === 1 && first !== undefined) return [{ kind: "raised", one: first, error, ms: elapsed() }];
    const middle = cases.length >> 1;
    return [...(await answersTo(asking, cases.slice(0, middle))), ...(await answersTo(asking, cases.slice(middle)))];
  }
};

const endingOf = (asking: UnitAsking, answer: Answer): UnitEnding => {
  const { one, ms } = answer;
  switch (answer.kind) {
    case "rows":
      return compared(asking, one, answer.result, ms);
    case "raised":
      return wrong(one.test, [raised(answer.error, one.test)], ms);
    case "cancelled":
      return cancelled(one.test);
    default:
      return unreachable(answer);
  }
};

const compared = (
  { subjectOf }: UnitAsking,
  { test, columns }: UnitCase,
  result: QueryResult | undefined,
  ms: number,
): UnitEnding => {
  const side = (name: string): readonly Cells[] =>
    (result?.rows ?? []).filter((row) => row["side"] === name).map((row) => columns.map((_, i) => cellOf(row, i)));
  const [expected, actual] = [side("e"), side("a")];
  const { key } = subjectOf(test.node.id, test.node.subject.model);
  const differences = differencesOf({ columns, key, expected, actual });
  const status = differences === undefined ? "pass" : "fail";
  return { test, status, differences, diagnostics: [], ms };
};

const cellOf = (row: Row, i: number): string | null => row[`c${i}`] ?? null;

const wrong = (test: CompiledUnitTest, diagnostics: readonly Diagnostic[], ms: number): UnitEnding => ({
  test,
  status: "error",
  differences: undefined,
  diagnostics,
  ms,
});

const cancelled = (test: CompiledUnitTest): UnitEnding => ({
  test,
  status: "cancelled",
  differences: undefined,
  diagnostics: [],
  ms: 0,
});

/** The author's value is in the wrong where the server points at one; else it is the query over the rows. */
const raised = (error: DatabaseError, { node }: CompiledUnitTest): Diagnostic => {
  const { statement, position } = error;
  const origin = statement === undefined || position === undefined ? undefined : originAt(statement, position);
  const cells = [...node.given.map(({ fixture }) => fixture), node.expect].flatMap((fixture): readonly FixtureCell[] =>
    fixture.kind === "rows" ? fixture.rows.flat() : [],
  );
  const cell = cells.find(({ span }) => span.file === origin?.span.file && span.start === origin.span.start);
  if (cell === undefined) return databaseDiagnostic(error, "execute/unit-test-error", node.id, node.at);
  return errorOf("execute/unit-test-value", `the value does not fit \`${cell.column.value}\`: ${error.message}`, {
    at: cell.span,
    help: error.hint,
  });
};
