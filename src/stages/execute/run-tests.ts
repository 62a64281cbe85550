/**
 * Data tests in, their endings out. Row-level tests of a relation share one scan; queries go along in the same message,
 * in one read-only snapshot. When the message fails each test is sent alone, so that one that raises takes no other with it.
 */
import type { CompiledTest } from "../../domain/compiled.ts";
import type { Threshold } from "../../domain/config.ts";
import { DatabaseError, type Row, type Session } from "../../domain/contracts/database.ts";
import { databaseDiagnostic } from "../../domain/database-diagnostic.ts";
import type { Diagnostic } from "../../domain/diagnostic.ts";
import type { TestStatus } from "../../domain/event.ts";
import { joinSql, literal, type Sql, sql, textOf } from "../../domain/sql.ts";
import { isConnectionLoss, SQLSTATE } from "../../domain/sqlstate.ts";

export type TestEnding = {
  readonly test: CompiledTest;
  readonly status: Exclude<TestStatus, "skipped">;
  readonly failures: number;
  /** Rows judged, where the statement counted them. */
  readonly rows: number | undefined;
  readonly decidedBy: string;
  /** Of the message, which the tests in it share. */
  readonly ms: number;
  readonly diagnostic: Diagnostic | undefined;
};

export const runTests = async (
  session: Session,
  tests: readonly CompiledTest[],
  clock: () => number,
  signal: AbortSignal,
): Promise<readonly TestEnding[]> => {
  if (tests.length === 0) return [];
  const startedAt = clock();
  try {
    const messages = messagesOf(tests);
    const body = joinSql(
      messages.map((m) => m.statement),
      sql`; `,
    );
    const results = await session.run(sql`begin isolation level repeatable read read only; ${body}; commit`);
    const ms = clock() - startedAt;
    return messages.flatMap((message, i) => message.read(results[i + 1]?.rows[0] ?? {}, ms));
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    if (tests.length > 1 && !isConnectionLoss(error.sqlstate) && !signal.aborted) {
      const endings: TestEnding[] = [];
      for (const test of tests) endings.push(...(await runTests(session, [test], clock, signal)));
      return endings;
    }
    const isCancelled = error.sqlstate === SQLSTATE.queryCanceled && signal.aborted;
    return tests.map((test) => ({
      test,
      status: isCancelled ? "cancelled" : "error",
      failures: 0,
      rows: undefined,
      decidedBy: "query",
      ms: clock() - startedAt,
      diagnostic: isCancelled
        ? undefined
        : databaseDiagnostic(error, "execute/test-error", test.node.name, test.node.at),
    }));
  }
};

/** A statement and how its one row is read. */
type Message = { readonly statement: Sql; readonly read: (row: Row, ms: number) => readonly TestEnding[] };

/** A statement has at most 1,664 result columns; two a test leave room. */
const TESTS_PER_SCAN = 300;

const messagesOf = (tests: readonly CompiledTest[]): readonly Message[] => {
  const scans = new Map<string, CompiledTest[]>();
  const messages: Message[] = [];
  for (const test of tests) {
    if (test.failing.kind === "query" || test.relation === undefined) messages.push(queryMessage(test));
    else {
      const key = textOf(test.relation);
      scans.set(key, [...(scans.get(key) ?? []), test]);
    }
  }
  for (const together of scans.values()) {
    for (let i = 0; i < together.length; i += TESTS_PER_SCAN)
      messages.push(scanMessage(together.slice(i, i + TESTS_PER_SCAN)));
  }
  return messages;
};

/** `count(*) filter (where f)`: the transition function is called for failing rows only, so it costs next to nothing. */
const scanMessage = (tests: readonly CompiledTest[]): Message => {
  const counts = tests.flatMap((test) => {
    const failing = sql`count(*) filter (where ${rowPredicate(test)})`;
    return [failing, test.where === undefined ? sql`count(*)` : sql`count(*) filter (where (\n${test.where}\n))`];
  });
  const columns = counts.map((count, i) => sql`${count} as c${literal(i)}`);
  const from = tests[0]?.relation ?? sql``;
  return {
    statement: sql`select ${joinSql(columns, sql`, `)} from ${from} as t`,
    read: (row, ms) =>
      tests.map((test, i) => {
        const what = test.judges === "new rows" ? "scan of the new rows" : "scan";
        const decidedBy = tests.length === 1 ? what : `${what} shared by ${tests.length} tests`;
        return ending(test, Number(row[`c${2 * i}`]), Number(row[`c${2 * i + 1}`]), decidedBy, ms);
      }),
  };
};

/** `case` also fixes the order of evaluation, so that `where` may guard the predicate from a cast error. */
export const rowPredicate = ({ failing, where }: CompiledTest): Sql => {
  const predicate = failing.kind === "row" ? failing.predicate : sql`true`;
  return where === undefined ? sql`(\n${predicate}\n)` : sql`case when (\n${where}\n) then (\n${predicate}\n) end`;
};

const queryMessage = (test: CompiledTest): Message => {
  const { limit, warnIf, errorIf } = test.node.config;
  const query = failingRowsQuery(test);
  const limited = limit === undefined ? query : sql`select * from (\n${query}\n) as failing limit ${literal(limit)}`;
  const needsRows = (warnIf.isPercent || errorIf.isPercent) && test.relation !== undefined;
  const rows = needsRows ? sql`, (select count(*) from ${test.relation ?? sql``} as t${whereOf(test)}) as rows` : sql``;
  return {
    statement: sql`select count(*) as failures${rows} from (\n${limited}\n) as failing`,
    read: (row, ms) => {
      const counted = row["rows"];
      const judged = counted === undefined || counted === null ? undefined : Number(counted);
      return [ending(test, Number(row["failures"]), judged, "query", ms)];
    },
  };
};

const whereOf = ({ where }: CompiledTest): Sql => (where === undefined ? sql`` : sql` where (\n${where}\n)`);

/** The rows themselves, for people: what a test's count counts. */
export const failingRowsQuery = (test: CompiledTest): Sql =>
  test.failing.kind === "query"
    ? test.failing.query
    : sql`select * from ${test.relation ?? sql``} as t where ${rowPredicate(test)}`;

const ending = (
  test: CompiledTest,
  found: number,
  rows: number | undefined,
  decidedBy: string,
  ms: number,
): TestEnding => {
  const { severity, errorIf, warnIf, limit } = test.node.config;
  const failures = limit === undefined ? found : Math.min(found, limit);
  const isError = severity === "error" && isBeyond(errorIf, failures, rows);
  const status = isError ? "fail" : isBeyond(warnIf, failures, rows) ? "warn" : "pass";
  return { test, status, failures, rows, decidedBy, ms, diagnostic: undefined };
};

/** A percentage is of the rows judged; of none, nothing can have failed. */
export const isBeyond = (
  { operator, value, isPercent }: Threshold,
  failures: number,
  rows: number | undefined,
): boolean => {
  const measured = isPercent ? (100 * failures) / Math.max(rows ?? 0, 1) : failures;
  if (operator === ">") return measured > value;
  if (operator === ">=") return measured >= value;
  if (operator === "<") return measured < value;
  if (operator === "<=") return measured <= value;
  return operator === "=" ? measured === value : measured !== value;
};
