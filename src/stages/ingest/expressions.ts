/** What the server thinks of a mapping's expressions, asked before any row is read; mistakes stand at their YAML place. */
import { DatabaseError, type Session } from "../../domain/contracts/database.ts";
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import { relationKey } from "../../domain/names.ts";
import type { Located, Span } from "../../domain/source.ts";
import { originAt, type Sql, sql } from "../../domain/sql.ts";
import { suggest } from "../../lib/suggest.ts";
import { expression, mapRows, writeRows } from "./step-sql.ts";
import { type BoundStep, STAGING } from "./work-tables.ts";

/** The staging table is empty: whatever fails now is the mapping's fault, not a row's. */
export const checkExpressions = async (
  session: Session,
  bound: BoundStep,
  fileColumns: readonly string[],
): Promise<readonly Diagnostic[]> => {
  const { step } = bound;
  const into = relationKey(step.into);
  const parts: readonly {
    readonly subject: string;
    readonly written: Located<string>;
    readonly isCondition: boolean;
  }[] = [
    ...step.columns.map((c) => ({
      subject: `${into}.${c.name.value}`,
      written: c.expression,
      isCondition: false,
    })),
    ...(step.where === undefined ? [] : [{ subject: `\`where\` of ${into}`, written: step.where, isCondition: true }]),
    ...step.reject.map((r) => ({
      subject: `reject "${r.reason}" of ${into}`,
      written: r.condition,
      isCondition: true,
    })),
  ];
  const nothing = sql`1 and 0`;
  const whole = await failureOf(session, mapRows(bound, nothing));
  const rejects = step.reject.length > 0;
  if (whole === undefined && !rejects) return writeFailure(session, bound);
  const found: Diagnostic[] = [];
  for (const { subject, written, isCondition } of parts) {
    const asked = isCondition
      ? sql`select from ${STAGING} f where ${expression(written)}`
      : sql`select ${expression(written)} from ${STAGING} f`;
    const error = await failureOf(session, asked);
    if (error !== undefined) found.push(badExpression(subject, written, error, fileColumns));
  }
  if (found.length > 0) return found;
  if (whole === undefined) return writeFailure(session, bound);
  // Each stands alone; what is left is a value that the column's type does not take.
  const at = whole.position === undefined ? undefined : originAt(mapRows(bound, nothing), whole.position);
  const column = step.columns.find(({ expression: e }) => at !== undefined && isWithin(at.span.start, e));
  const type = column === undefined ? undefined : bound.table.columns.get(column.name.value)?.type;
  return [
    errorOf("ingest/bad-expression", whole.message, {
      at: at?.span ?? step.intoSpan,
      help: type === undefined ? whole.hint : `every field is text: write (${column?.expression.value})::${type}`,
    }),
  ];
};

/** Rights, and whatever else the table has against it. */
const writeFailure = async (session: Session, bound: BoundStep): Promise<readonly Diagnostic[]> => {
  const error = await failureOf(session, writeRows(bound, sql`1 and 0`));
  return error === undefined ? [] : [cannotWrite(bound, error)];
};

const cannotWrite = (bound: BoundStep, error: DatabaseError): Diagnostic =>
  errorOf("ingest/cannot-write", `${relationKey(bound.step.into)}: ${error.message} (SQLSTATE ${error.sqlstate})`, {
    at: bound.step.intoSpan,
    help: error.hint ?? error.detail,
  });

const failureOf = async (session: Session, statement: Sql): Promise<DatabaseError | undefined> => {
  try {
    await session.run(statement);
    return undefined;
  } catch (error) {
    if (error instanceof DatabaseError && /^(22|23|21|42|0A|P0|3F)/.test(error.sqlstate)) return error;
    throw error;
  }
};

const badExpression = (
  subject: string,
  written: Located<string>,
  error: DatabaseError,
  fileColumns: readonly string[],
): Diagnostic => {
  const at =
    error.position === undefined || error.statement === undefined
      ? undefined
      : originAt(error.statement, error.position);
  const missing = /^column (?:f\.)?"?([^"]+?)"? does not exist$/.exec(error.message)?.[1];
  const near = missing === undefined ? undefined : suggest(missing, fileColumns);
  const columns = missing === undefined ? undefined : `the file has: ${fileColumns.join(", ")}`;
  return errorOf("ingest/bad-expression", `${subject}: ${error.message}`, {
    at: at === undefined ? written.span : wholeName(at.span),
    help: near === undefined ? (columns ?? error.hint) : `did you mean "${near}"?`,
  });
};

/** The server points at the `f` of `f.points`. */
const wholeName = (span: Span): Span => {
  const name = /^[\w$]+\.[\w$]+/.exec(span.file.text.slice(span.start, span.start + 200))?.[0];
  return name === undefined ? span : { ...span, end: span.start + name.length };
};

const isWithin = (offset: number, { span }: Located<string>): boolean => offset >= span.start && offset <= span.end;
