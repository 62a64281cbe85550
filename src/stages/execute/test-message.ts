/** Statements that decide data tests as one message, and the way back: from its rows to numbers, from a position to a test. */
import type { TableResult } from "../../domain/contracts/database.ts";
import { codePointOffset, joinSql, literal, type Sql, sql, textOf } from "../../domain/sql.ts";
import type { TestCheck, TestStatement } from "../../domain/test-plan.ts";

/** Made before it is sent, so that no connection waits for the text of another's. */
export type Message = { readonly statements: readonly TestStatement[]; readonly text: Sql };

/** One snapshot for all of the message; whoever sends it ends the transaction. */
const BEGIN = sql`begin isolation level repeatable read read only`;

export const messageOf = (statements: readonly TestStatement[]): Message => ({
  statements,
  text: joinSql([BEGIN, ...linesOf(statements).map(textOfLine), ...(hasLimits(statements) ? [NO_LIMIT] : [])], sql`; `),
});

/** What is sent one after another; each is answered by a result of its own. */
type Line =
  | { readonly kind: "limit"; readonly text: Sql }
  | { readonly kind: "statement"; readonly statement: TestStatement };

const linesOf = (statements: readonly TestStatement[]): readonly Line[] => {
  const areLimited = hasLimits(statements);
  return statements.flatMap((statement): readonly Line[] => [
    ...(areLimited ? [{ kind: "limit", text: limitOf(statement) } as const] : []),
    { kind: "statement", statement },
  ]);
};

const textOfLine = (line: Line): Sql =>
  line.kind === "limit"
    ? line.text
    : joinSql(
        partsOf(line.statement).map((part) => part.text),
        sql``,
      );

/** That of the role or the database, where one is set. */
const NO_LIMIT = sql`set local statement_timeout = default`;

/** The sum of its tests' limits; where one of them has none, none. The server counts for each statement of a message anew. */
const limitOf = ({ checks }: TestStatement): Sql => {
  const limits = checks.flatMap(({ tests }) => tests.map((test) => test.node.config.timeout?.ms));
  const sum = limits.reduce<number>((ms, own) => ms + (own ?? 0), 0);
  return limits.some((own) => own === undefined || own === 0)
    ? NO_LIMIT
    : sql`set local statement_timeout = ${literal(sum)}`;
};

const hasLimits = (statements: readonly TestStatement[]): boolean =>
  statements.some(({ checks }) =>
    checks.some(({ tests }) => tests.some((test) => test.node.config.timeout !== undefined)),
  );

type Part = { readonly text: Sql; readonly check: TestCheck | undefined };

const partsOf = ({ checks, from, reads }: TestStatement): readonly Part[] => [
  { text: reads === "rows" ? sql`select count(*), ` : sql`select `, check: undefined },
  ...checks.flatMap((check, i): readonly Part[] => [
    ...(i === 0 ? [] : [{ text: sql`, `, check: undefined }]),
    {
      text:
        check.judged === undefined || check.judged === "all rows"
          ? check.failures
          : sql`${check.failures}, ${check.judged}`,
      check,
    },
  ]),
  { text: sql` from ${from}`, check: undefined },
];

export type Counted = {
  readonly statement: TestStatement;
  readonly check: TestCheck;
  readonly failures: number;
  /** Rows judged, where they were counted. */
  readonly judged: number | undefined;
  /** Rows that the statement read, where it read rows. */
  readonly scanned: number | undefined;
};

/** `results` begin with that of BEGIN. */
export const countedIn = (
  statements: readonly TestStatement[],
  results: readonly TableResult[],
): readonly Counted[] => {
  const counted: Counted[] = [];
  linesOf(statements).forEach((line, i) => {
    if (line.kind === "limit") return;
    const { statement } = line;
    const row = results[i + 1]?.rows[0] ?? [];
    let column = 0;
    const next = (): number | undefined => {
      const value = row[column++];
      return value === undefined || value === null ? undefined : Number(value);
    };
    const scanned = statement.reads === "rows" ? next() : undefined;
    for (const check of statement.checks) {
      const failures = next() ?? 0;
      const judged = check.judged === "all rows" ? scanned : check.judged && next();
      counted.push({ statement, check, failures, judged, scanned });
    }
  });
  return counted;
};

/** What stands at a 1-based position of the message; no check where it is what all checks of the statement share. */
export const atPosition = (
  { statements, text: whole }: Message,
  position: number,
): { readonly statement: TestStatement; readonly check: TestCheck | undefined } | undefined => {
  let left = codePointOffset(textOf(whole), position - 1) - textOf(BEGIN).length;
  for (const line of linesOf(statements)) {
    left -= SEPARATOR;
    const parts = line.kind === "limit" ? [{ text: line.text, check: undefined }] : partsOf(line.statement);
    for (const { text, check } of parts) {
      const { length } = textOf(text);
      if (left < length) return line.kind === "limit" ? undefined : { statement: line.statement, check };
      left -= length;
    }
  }
  return undefined;
};

const SEPARATOR = "; ".length;
