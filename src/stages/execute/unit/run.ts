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

export const CASES_A_MESSAGE = 25;

/** In the order in which they were given. Throws where the connection is gone, and what may pass by itself. */
export const runUnitTests = async (
  asking: UnitAsking,
  tests: readonly CompiledUnitTest[],
  prepared: UnitTests,
): Promise<readonly UnitEnding[]> => {
  const endings = new Map<CompiledUnitTest, UnitEnding>();
  for (let at = 0; at < tests.length && !asking.signal.aborted; at += CASES_A_MESSAGE) {
    const ready: UnitCase[] = [];
    for (const one of tests.slice(at, at + CASES_A_MESSAGE).map(prepared))
      if (one.kind === "ready") ready.push(one.unit);
      else endings.set(one.test, wrong(one.test, one.diagnostics, 0));
    if (ready.length > 0) for (const ending of await runMessage(asking, ready)) endings.set(ending.test, ending);
  }
  return tests.map((test) => endings.get(test) ?? cancelled(test));
};

const runMessage = async (asking: UnitAsking, cases: readonly UnitCase[]): Promise<readonly UnitEnding[]> => {
  const startedAt = asking.clock();
  const elapsed = (): number => asking.clock() - startedAt;
  const statements = joinSql(
    cases.map((one) => one.statement),
    sql`;\n`,
  );
  try {
    const results = await asking.session.run(sql`begin read only;\n${statements};\nrollback`);
    return cases.map((one, i) => compared(asking, one, results[i + 1], elapsed()));
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    if (error.sqlstate === SQLSTATE.queryCanceled && asking.signal.aborted)
      return cases.map(({ test }) => cancelled(test));
    if (isConnectionLoss(error.sqlstate) || isTransient(error.sqlstate)) throw error;
    const [first] = cases;
    if (cases.length === 1 && first !== undefined) return [wrong(first.test, [raised(error, first.test)], elapsed())];
    const middle = cases.length >> 1;
    return [...(await runMessage(asking, cases.slice(0, middle))), ...(await runMessage(asking, cases.slice(middle)))];
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
