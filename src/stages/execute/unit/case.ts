/** A unit test and the columns of all that it speaks of in; the one statement that answers it out, or what is wrong with it. */

import type { CompiledUnitTest, ShapeColumn } from "../../../domain/compiled-unit-test.ts";
import type { Diagnostic, Outcome } from "../../../domain/diagnostic.ts";
import { errorOf, failed, ok } from "../../../domain/diagnostic.ts";
import type { NodeId } from "../../../domain/names.ts";
import type { Span } from "../../../domain/source.ts";
import { ident, joinSql, type Sql, sql, textOf } from "../../../domain/sql.ts";
import { filledWith, type KnownColumns } from "./columns.ts";
import { columnNamed, fixtureQuery, namedColumns } from "./fixture-sql.ts";

export type UnitCase = {
  readonly test: CompiledUnitTest;
  /** Those that are compared. */
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** Its rows: `side` is `a` for actual or `e` for expected, then `c0`, `c1` …, as text. */
  readonly statement: Sql;
};

/** What the server says of a test's own SQL. */
export type Described = {
  /** What the asked query gives. */
  readonly output: readonly ShapeColumn[];
  /** What rows that are a query give, by input. */
  readonly given: ReadonlyMap<NodeId, readonly ShapeColumn[]>;
  readonly expected: readonly ShapeColumn[] | undefined;
};

export const unitCase = (
  test: CompiledUnitTest,
  known: KnownColumns,
  { output, given, expected }: Described,
): Outcome<UnitCase> => {
  const found: Diagnostic[] = [];
  const unknown: Diagnostic[] = [];
  const ctes = test.node.given.flatMap(({ node, fixture, at }) => {
    const name = test.query.reads.get(node);
    const columns = known.get(node);
    // Given in place of itself and then not read after all: an ephemeral model that another one hides.
    if (name === undefined) return [];
    const of = textAt(at);
    const rows = test.given.get(node);
    if (columns?.kind !== "known") {
      if (rows !== undefined) return [{ name, query: rows }];
      unknown.push(unknownColumns(of, at, columns?.because));
      return [];
    }
    if (fixture.kind === "rows") return [{ name, query: fixtureQuery(fixture, columns.columns, of, found) }];
    if (rows === undefined) return [];
    return [{ name, query: projected(rows, given.get(node) ?? [], columns.columns, of, fixture.span, found) }];
  });
  // What the query gives is not known either.
  if (unknown.length > 0) return failed(...unknown, ...found);
  const query = filledWith(test.query, ctes);
  const { expect } = test.node;
  const what = "what the query gives";
  const compared =
    expect.kind === "rows"
      ? namedColumns(expect, output, what, found)
      : matching(expected ?? [], output, what, expect.span, found);
  // Of no rows and no columns: the query must give none, and what it gives is shown whole.
  const columns = compared.length === 0 ? output : compared;
  const rows =
    expect.kind === "rows"
      ? expect.rows.length === 0
        ? undefined
        : fixtureQuery(expect, compared, what, found)
      : projected(test.expected ?? sql`select`, expected ?? [], compared, what, expect.span, found);
  if (found.length > 0) return failed(...unrepeated(found));
  const actualSide = sql`select 'a' as side${printed(columns, sql`actual`)} from (\n${query}\n) as actual`;
  const statement =
    rows === undefined
      ? actualSide
      : sql`${actualSide}\nunion all\nselect 'e'${printed(columns, sql`expected`)} from (\n${rows}\n) as expected`;
  return ok({
    test,
    columns: columns.map(({ name, type }) => ({ name, type: textOf(type) })),
    statement,
  });
};

const unrepeated = (found: readonly Diagnostic[]): readonly Diagnostic[] =>
  found.filter((one, i) => found.findIndex((other) => other.at === one.at && other.message === one.message) === i);

/** Of equal values the same text, as far as SQL can say so. */
const printed = (columns: readonly ShapeColumn[], from: Sql): Sql =>
  joinSql(
    columns.map(({ name, type }, i) => {
      const value = sql`${from}.${ident(name)}`;
      return sql`, ${textFor(value, textOf(type))} as ${ident(`c${i}`)}`;
    }),
    sql``,
  );

const textFor = (value: Sql, type: string): Sql => {
  if (/^numeric(\(|$)/.test(type)) return sql`trim_scale(${value})::text`;
  if (/^interval/.test(type)) return sql`justify_interval(${value})::text`;
  return type === "json" ? sql`${value}::jsonb::text` : sql`${value}::text`;
};

/** A query's columns under the names and types of the relation; what it does not give is NULL. */
const projected = (
  rows: Sql,
  gives: readonly ShapeColumn[],
  columns: readonly ShapeColumn[],
  of: string,
  at: Span,
  found: Diagnostic[],
): Sql => {
  matching(gives, columns, of, at, found);
  const list = columns.map(({ name, type }) => {
    const one = gives.find((given) => columnNamed(given.name, columns)?.name === name);
    return one === undefined
      ? sql`null::${type} as ${ident(name)}`
      : sql`given.${ident(one.name)}::${type} as ${ident(name)}`;
  });
  return sql`select ${joinSql(list, sql`, `)} from (\n${rows}\n) as given`;
};

/** The columns that a query gives too; any other that it gives is told of. */
const matching = (
  gives: readonly ShapeColumn[],
  columns: readonly ShapeColumn[],
  of: string,
  at: Span,
  found: Diagnostic[],
): readonly ShapeColumn[] => {
  const named = gives.map(({ name }) => ({ value: name, span: at }));
  return namedColumns({ kind: "rows", columns: named, rows: [], span: at }, columns, of, found);
};

const unknownColumns = (of: string, at: Span, because: string | undefined): Diagnostic =>
  errorOf("execute/unit-test-column", `nothing says which columns ${of} has`, {
    at,
    notes: because === undefined ? [] : [{ message: because, at: undefined }],
    help: "declare its columns with their `data_type`, give the rows as `format: sql`, or migrate the database first",
  });

const textAt = ({ file, start, end }: Span): string => file.text.slice(start, end).replace(/^(["'])(.*)\1$/s, "$2");
