/** An author's SQL in, its one query with what is known about it out: or why it is no query, at the author's place. */
import type { DiagnosticCode } from "../domain/codes.ts";
import { type Diagnostic, errorOf, failed, type Outcome, ok } from "../domain/diagnostic.ts";
import { originAtOffset, type Sql, textOf } from "../domain/sql.ts";
import { type Names, namesIn } from "./names.ts";
import { isTree, loadParser, type Parse, type Parsed, type Statement, type Tree } from "./parser.ts";
import { isSecretAt, sliceSql } from "./slice.ts";

export type Query = {
  /** The statement without its `;`. */
  readonly sql: Sql;
  /** Offsets are those of the text that was read. */
  readonly names: Names;
  /** Where, in `sql`, CTEs can be put in. */
  readonly ctePlace:
    | { readonly kind: "before the first CTE"; readonly offset: number }
    | { readonly kind: "before the query" };
};

export type ReadQuery = (written: Sql) => Outcome<Query>;

export const loadQueryReader = async (): Promise<ReadQuery> => {
  const parse = await loadParser();
  return (written) => readQuery(parse, written);
};

const readQuery = (parse: Parse, written: Sql): Outcome<Query> => {
  const text = textOf(written);
  const parsed = parse(text);
  if (parsed.kind === "error") return failed(refusal(written, parsed));
  const [statement, second] = parsed.statements;
  if (statement === undefined)
    return failed(
      placedError(written, 0, "sql-syntax/no-query", "there is no query here", "write a SELECT, WITH, VALUES or TABLE"),
    );
  if (second !== undefined) return failed(secondStatement(written, text, second));
  const select = statement.tree["SelectStmt"];
  if (!isTree(select)) return failed(noQuery(written, text, statement));
  const names = namesIn(statement.tree, parsed.offsetOf);
  const [write] = names.writes;
  if (write !== undefined) {
    const help = "a model or test only reads; what changes raw data is a migration or an ingest mapping";
    return failed(placedError(written, write.offset, "sql-syntax/writes", `${write.what} stands in a query`, help));
  }
  // Comments before the query stay; only a stray `;` there is cut with what precedes it.
  const start = afterBlanks(text, 0, statement.start) === statement.start ? 0 : statement.start;
  const isWhole = start === 0 && !statement.endsWithSemicolon;
  const sql = isWhole ? written : sliceSql(written, start, statement.end);
  return ok({ sql, names, ctePlace: ctePlace(select, parsed, start) });
};

/** The parser's own words, without the secrets that it would repeat. */
export const refusal = (written: Sql, { message, offset }: Extract<Parsed, { kind: "error" }>): Diagnostic => {
  const shown = isSecretAt(written, offset) ? "•••" : undefined;
  const said = message.replace(
    /at or near "([\s\S]*)"$/,
    (_, near: string) => `at or near ${shown ?? `"${near.replaceAll("\n", " ")}"`}`,
  );
  return placedError(written, offset, "sql-syntax/refused", said, undefined);
};

const ctePlace = (select: Tree, parsed: Extract<Parsed, { kind: "statements" }>, start: number): Query["ctePlace"] => {
  const clause = select["withClause"];
  const first: unknown = isTree(clause) && Array.isArray(clause["ctes"]) ? clause["ctes"][0] : undefined;
  if (!isTree(first) || !isTree(first["CommonTableExpr"])) return { kind: "before the query" };
  return { kind: "before the first CTE", offset: parsed.offsetOf(first["CommonTableExpr"]["location"]) - start };
};

const secondStatement = (written: Sql, text: string, { start, end }: Statement): Diagnostic =>
  placedError(
    written,
    afterBlanks(text, start, end),
    "sql-syntax/second-statement",
    "a second statement begins here",
    "one query a file: make a model of its own of each, or a CTE",
  );

const noQuery = (written: Sql, text: string, { tree, start, end }: Statement): Diagnostic => {
  const offset = afterBlanks(text, start, end);
  const word = /^[A-Za-z]+/.exec(text.slice(offset))?.[0].toUpperCase() ?? Object.keys(tree)[0] ?? "this";
  const message = `${word} is no query`;
  return placedError(
    written,
    offset,
    "sql-syntax/no-query",
    message,
    "a SELECT, WITH, VALUES or TABLE; Galley makes the table or view around it",
  );
};

/** Over white space and comments. */
export const afterBlanks = (text: string, start: number, end: number): number => {
  const blanks = /^(?:\s+|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*/.exec(text.slice(start, end));
  return start + (blanks?.[0].length ?? 0);
};

export const placedError = (
  written: Sql,
  offset: number,
  code: Extract<DiagnosticCode, `sql-syntax/${string}`>,
  message: string,
  help: string | undefined,
): Diagnostic => {
  // At the end of the input there is no piece: its last letter stands for it.
  const lastLetter = textOf(written).trimEnd().length - 1;
  const origin = originAtOffset(written, Math.max(0, Math.min(offset, lastLetter)));
  const notes = (origin?.calledFrom ?? []).map((span) => ({ message: "called from here", at: span }));
  return errorOf(code, message, { at: origin?.span, notes, help });
};
