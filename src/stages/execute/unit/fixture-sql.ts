/** Rows of a fixture and the columns that there are, in; SQL that makes them, every value with its place, out. */

import type { ShapeColumn } from "../../../domain/compiled-unit-test.ts";
import { type Diagnostic, errorOf } from "../../../domain/diagnostic.ts";
import type { Located, Span } from "../../../domain/source.ts";
import {
  ident,
  joinSql,
  literal,
  quoteLiteral,
  type Sql,
  type SqlPiece,
  sql,
  sqlOf,
  textOf,
} from "../../../domain/sql.ts";
import type { PlainValue } from "../../../domain/tree.ts";
import type { Fixture, FixtureCell, FixtureRow } from "../../../domain/unit-test.ts";
import { suggest } from "../../../lib/suggest.ts";

type Rows = Extract<Fixture, { kind: "rows" }>;

/** A name as it is written, or else folded to lower case as SQL does, where that is a column. */
export const columnNamed = (name: string, columns: readonly ShapeColumn[]): ShapeColumn | undefined =>
  columns.find((column) => column.name === name) ?? columns.find((column) => column.name === name.toLowerCase());

/** The columns that the rows name, in the order of the relation; what is no column is told of at its place. */
export const namedColumns = (
  fixture: Rows,
  columns: readonly ShapeColumn[],
  of: string,
  found: Diagnostic[],
): readonly ShapeColumn[] => {
  const named = new Set<ShapeColumn>();
  const told = new Set<string>();
  const known = new Map<string, ShapeColumn | undefined>();
  const name = ({ value, span }: Located<string>): void => {
    if (!known.has(value)) known.set(value, columnNamed(value, columns));
    const column = known.get(value);
    if (column !== undefined) named.add(column);
    // A CSV names a column once, and every row has it.
    else if (!told.has(`${span.start} ${value}`)) {
      found.push(noSuchColumn(value, span, columns, of));
      told.add(`${span.start} ${value}`);
    }
  };
  fixture.columns.forEach(name);
  for (const row of fixture.rows) for (const cell of row) name(cell.column);
  return columns.filter((column) => named.has(column));
};

const MOST_LISTED = 15;

const noSuchColumn = (name: string, at: Span, columns: readonly ShapeColumn[], of: string): Diagnostic => {
  const names = columns.map((column) => column.name);
  const near = suggest(name, names);
  const more = names.length > MOST_LISTED ? ` and ${names.length - MOST_LISTED} more` : "";
  return errorOf("execute/unit-test-column", `${of} has no column \`${name}\``, {
    at,
    help: near === undefined ? `it has ${names.slice(0, MOST_LISTED).join(", ")}${more}` : `did you mean \`${near}\`?`,
  });
};

/** A query of the rows under all `columns`, of which those that are not named are NULL. */
export const fixtureQuery = (fixture: Rows, columns: readonly ShapeColumn[], of: string, found: Diagnostic[]): Sql => {
  const named = new Set(namedColumns(fixture, columns, of, found));
  const list = columns.map((column) =>
    named.has(column) ? sql`v.${ident(column.name)}` : sql`null::${column.type} as ${ident(column.name)}`,
  );
  const given = columns.filter((column) => named.has(column));
  return sql`select ${joinSql(list, sql`, `)} from ${rowsOf(fixture.rows, given, found)}`;
};

/** What stands in FROM, under the name `v`. */
const rowsOf = (rows: readonly FixtureRow[], columns: readonly ShapeColumn[], found: Diagnostic[]): Sql => {
  if (rows.length === 0 || columns.length === 0) {
    const nothing = columns.map(({ name, type }) => sql`null::${type} as ${ident(name)}`);
    return sql`(select ${joinSql(nothing, sql`, `)} from generate_series(1, ${literal(rows.length)})) as v`;
  }
  const named = new Map<string, ShapeColumn | undefined>();
  const columnOf = (name: string): ShapeColumn | undefined => {
    if (!named.has(name)) named.set(name, columnNamed(name, columns));
    return named.get(name);
  };
  const targets = columns.map(targetOf);
  // Straight into one list: there may be ten thousand rows.
  const values: SqlPiece[] = [];
  for (const [n, row] of rows.entries()) {
    const cells = new Map(row.map((cell) => [columnOf(cell.column.value), cell]));
    push(values, n === 0 ? OPEN : NEXT);
    for (const [i, column] of columns.entries()) {
      if (i > 0) push(values, COMMA);
      push(values, typedValue(cells.get(column), targets[i] as Target, found));
    }
  }
  const names = joinSql(
    columns.map(({ name }) => ident(name)),
    sql`, `,
  );
  return sql`(values ${sqlOf(values)})) as v (${names})`;
};

const NOBODY: readonly Span[] = [];

const [OPEN, NEXT, COMMA] = [sql`(`, sql`), (`, sql`, `];

const push = (pieces: SqlPiece[], { pieces: more }: Sql): void => {
  for (const piece of more) pieces.push(piece);
};

/** What is the same for all values of a column. */
type Target = {
  readonly type: string;
  /** Of texts that have a limit. */
  readonly length: number | undefined;
  readonly nothing: Sql;
};

const targetOf = ({ type }: ShapeColumn): Target => {
  const name = textOf(type);
  const length = /^(?:character varying|character|varchar|char)\((\d+)\)$/.exec(name)?.[1];
  return { type: name, length: length === undefined ? undefined : Number(length), nothing: sql`null::${type}` };
};

/** Typed, so that the server says at which value it does not fit. */
const typedValue = (cell: FixtureCell | undefined, target: Target, found: Diagnostic[]): Sql => {
  if (cell === undefined || cell.value === null) return target.nothing;
  const { type } = target;
  const text = typeof cell.value === "string" ? cell.value : structureText(cell.value.structure, type);
  const wrong = text === undefined ? "a list or mapping is for arrays and json" : misfit(text, target);
  if (wrong !== undefined)
    found.push(errorOf("execute/unit-test-value", `the value does not fit ${type}: ${wrong}`, { at: cell.span }));
  if (text === undefined || wrong !== undefined) return target.nothing;
  const origin = { span: cell.span, calledFrom: NOBODY };
  return sqlOf([{ text: `${quoteLiteral(text)}::${type}`, origin, isSecret: false }]);
};

/** A cast cuts what an insert would refuse. */
const misfit = (text: string, { length }: Target): string | undefined => {
  if (text.includes("\0")) return "it holds a NUL character";
  if (length === undefined) return undefined;
  const letters = [...text.trimEnd()].length;
  return letters > length ? `it has ${letters} characters` : undefined;
};

const structureText = (value: PlainValue, type: string): string | undefined => {
  if (/^jsonb?$/.test(type)) return JSON.stringify(value);
  return type.endsWith("[]") && Array.isArray(value) ? arrayText(value) : undefined;
};

/** As PostgreSQL reads arrays. */
const arrayText = (items: readonly PlainValue[]): string => `{${items.map(itemText).join(",")}}`;

const itemText = (item: PlainValue): string => {
  if (item === null) return "NULL";
  if (Array.isArray(item)) return arrayText(item);
  const text = typeof item === "object" ? JSON.stringify(item) : String(item);
  return `"${text.replaceAll(/["\\]/g, "\\$&")}"`;
};
