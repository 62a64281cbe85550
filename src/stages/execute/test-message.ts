/** Statements that decide data tests as one message, and the way back: from its rows to numbers, from a position to a test. */
import type { TableResult } from "../../domain/contracts/database.ts";
import { codePointOffset, ident, joinSql, literal, type Sql, sql, textOf } from "../../domain/sql.ts";
import type { Lookup, TestCheck, TestStatement } from "../../domain/test-plan.ts";
import { hashOf } from "../../lib/hash.ts";

/** Made before it is sent, so that no connection waits for the text of another's. */
export type Message = {
  readonly statements: readonly TestStatement[];
  readonly text: Sql;
  /** What is sent one after another, each answered by a result of its own. */
  readonly lines: readonly Line[];
  /** Values are looked up where that is faster, which may fail in ways of its own; `plainly`, they are not. */
  readonly asks: "by lookup" | "plainly";
};

type Line = {
  readonly parts: readonly Part[];
  /** Whose counts the result holds. */
  readonly counts: TestStatement | undefined;
};

/** One snapshot for all of the message; whoever sends it ends the transaction. */
const BEGIN = sql`begin isolation level repeatable read read only`;

export const messageOf = (statements: readonly TestStatement[]): Message =>
  made(statements, statements.some(hasLookup) ? "by lookup" : "plainly");

export const plainMessageOf = (statements: readonly TestStatement[]): Message => made(statements, "plainly");

const made = (statements: readonly TestStatement[], asks: Message["asks"]): Message => {
  const areLimited = hasLimits(statements);
  const lines = [
    line(BEGIN),
    ...statements.flatMap((statement): readonly Line[] => [
      ...(areLimited ? [line(limitOf(statement))] : []),
      ...(asks === "by lookup" && hasLookup(statement)
        ? lookupLines(statement)
        : [{ parts: partsOf(statement), counts: statement }]),
    ]),
    ...(areLimited ? [line(NO_LIMIT)] : []),
  ];
  return { statements, text: joinSql(lines.map(textOfLine), sql`; `), lines, asks };
};

const line = (text: Sql): Line => ({ parts: [{ text, check: undefined }], counts: undefined });

const textOfLine = ({ parts }: Line): Sql =>
  joinSql(
    parts.map((part) => part.text),
    sql``,
  );

const lookupsOf = ({ checks }: TestStatement): readonly Lookup[] => checks.flatMap(({ lookup }) => lookup ?? []);

const hasLookup = ({ checks }: TestStatement): boolean => checks.some(({ lookup }) => lookup !== undefined);

/**
 * The values of a parent are read first, in the same snapshot, and are parameters of the scan: its plan has them as
 * constants. What raises leaves the name behind, so nothing is asked by lookup twice.
 */
const lookupLines = (statement: TestStatement): readonly Line[] => {
  const lookups = lookupsOf(statement);
  const name = ident(`galley_${hashOf(statement.name)}`.slice(0, 40));
  const setting = (i: number): Sql => literal(`galley.keys_${i + 1}`);
  const arrays = lookups.map(({ type }) => sql`${type}[]`);
  const read = lookups.map(({ keys }, i) => sql`length(set_config(${setting(i)}, array(${keys})::text, true))`);
  const given = arrays.map((array, i) => sql`current_setting(${setting(i)})::${array}`);
  let count = 0;
  const checks = statement.checks.map((check) =>
    check.lookup === undefined ? check : { ...check, failures: check.lookup.failures(sql`$${literal(++count)}`) },
  );
  const scan = textOfLine({ parts: partsOf({ ...statement, checks }), counts: undefined });
  return [
    line(sql`select ${joinSql(read, sql`, `)}`),
    line(sql`prepare ${name} (${joinSql(arrays, sql`, `)}) as ${scan}`),
    { ...line(sql`execute ${name} (${joinSql(given, sql`, `)})`), counts: statement },
    line(sql`deallocate ${name}`),
  ];
};

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

export const countedIn = ({ lines }: Message, results: readonly TableResult[]): readonly Counted[] => {
  const counted: Counted[] = [];
  lines.forEach(({ counts: statement }, i) => {
    if (statement === undefined) return;
    const row = results[i]?.rows[0] ?? [];
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
  { lines, text: whole }: Message,
  position: number,
): { readonly statement: TestStatement; readonly check: TestCheck | undefined } | undefined => {
  let left = codePointOffset(textOf(whole), position - 1);
  for (const { parts, counts: statement } of lines) {
    for (const { text, check } of parts) {
      const { length } = textOf(text);
      if (left < length) return statement && { statement, check };
      left -= length;
    }
    left -= SEPARATOR;
  }
  return undefined;
};

const SEPARATOR = "; ".length;
