/**
 * The failing rows of a test: as people see them, with the key and what was tested in front, and as they are stored.
 * Values of personal columns go no further than here.
 */
import { DatabaseError, type Session, type TableResult } from "../../domain/contracts/database.ts";
import type { FailureSample } from "../../domain/event.ts";
import { maskedRows } from "../../domain/personal.ts";
import { joinSql, literal, type Sql, sql } from "../../domain/sql.ts";
import type { TestSubject } from "../../domain/test-subject.ts";
import { onLive } from "./ready-query.ts";

/** Columns to show first, as far as the query has them: the key of the subject, then what was tested. */
export type Asked = {
  readonly subject: TestSubject;
  readonly tested: readonly string[];
  /** What tells the rows of the query apart where they are no rows of the subject: the columns of a key that repeats. */
  readonly groupedBy: readonly string[];
  /** For people. */
  readonly query: string;
};

export type FoundRows = { readonly sample: FailureSample; readonly stored: StoredRows | undefined };

/** As JSON, without personal columns. */
export type StoredRows = { readonly key: readonly string[]; readonly rows: readonly string[] };

/** How many rows are worth fetching. */
export const wantedRows = ({ failures: { show, store, columns }, key }: TestSubject): number =>
  columns === "key" && key.length === 0 ? 0 : Math.max(show, store);

/** `message` may put more around the query. Undefined where they cannot be had: the count stands, and must not be hidden by that. */
export const rowsOf = async (
  session: Session,
  failing: Sql,
  asked: Asked,
  message: (select: Sql) => Sql = (select) => select,
): Promise<FoundRows | undefined> => {
  const wanted = wantedRows(asked.subject);
  if (wanted === 0) return shown({ columns: [], rows: [] }, asked);
  const numbered = sql`select row_number() over () as galley__row, galley_q.* from (\n${failing}\n) as galley_q limit ${literal(wanted)}`;
  try {
    return shown(withoutOwn(await session.table(message(fetchRows(asked.subject, numbered))), 1), asked);
  } catch (error) {
    if (error instanceof DatabaseError) return undefined;
    throw error;
  }
};

/** More than is shown is fetched for the sake of being stored, but for rows that are as wide as documents. */
const WIDEST_ROW = 100_000;

/** Of numbered rows the stored form, then the rows themselves. */
export const fetchRows = (subject: TestSubject, numbered: Sql): Sql =>
  sql`select ${storedForm(subject)}, galley_f.* from (\n${numbered}\n) as galley_f where galley__row <= ${literal(subject.failures.show)} or (galley__row <= ${literal(wantedRows(subject))} and pg_column_size(galley_f.*) <= ${literal(WIDEST_ROW)})`;

/** Without so many columns of Galley's own between the stored form and the row. */
export const withoutOwn = ({ columns, rows }: TableResult, count: number): TableResult => ({
  columns: [...columns.slice(0, 1), ...columns.slice(1 + count)],
  rows: rows.map((row) => [row[0] ?? null, ...row.slice(1 + count)]),
});

/** The row `galley_f` as JSON, without what is not to be stored; NULL where nothing is. */
export const storedForm = ({ failures, key, personal }: TestSubject): Sql => {
  if (failures.store === 0) return sql`null as galley__json`;
  const whole = sql`to_jsonb(galley_f) - ${texts([...personal, "galley__row", "galley__test"])}`;
  if (failures.columns === "all") return sql`${whole} as galley__json`;
  return sql`(select jsonb_object_agg(e.key, e.value) from jsonb_each(${whole}) as e where e.key = any (${texts(key)})) as galley__json`;
};

const texts = (values: readonly string[]): Sql => sql`array[${joinSql(values.map(literal), sql`, `)}]::text[]`;

/** `found` has the stored form as its first column. */
export const shown = (found: TableResult, { subject, tested, groupedBy, query }: Asked): FoundRows => {
  const { key, personal, failures } = subject;
  const columns = found.columns.slice(1);
  const keys = key.filter((c) => columns.includes(c));
  const others = failures.columns === "key" ? [] : columns;
  const front = [...new Set([...keys, ...tested.filter((c) => others.includes(c))])];
  const order = [...front.map((c) => columns.indexOf(c)), ...others.flatMap((c, i) => (front.includes(c) ? [] : [i]))];
  const rows = maskedRows(found.columns, found.rows.slice(0, failures.show), personal);
  return {
    sample: {
      columns: order.map((i) => columns[i] ?? ""),
      keyColumns: keys.length,
      testedColumns: front.length - keys.length,
      rows: rows.map((row) => order.map((i) => row[i + 1] ?? null)),
      query,
      liveQuery: onLive(query),
    },
    stored:
      failures.store === 0
        ? undefined
        : {
            key: (keys.length > 0 ? keys : groupedBy.filter((c) => others.includes(c))).filter((c) => !personal.has(c)),
            rows: found.rows.slice(0, failures.store).flatMap((row) => row[0] ?? []),
          },
  };
};
