/** The first failing rows of a test, with their key in front, and a query that a person can run to see them all. */
import { DatabaseError, type Session, type TableResult } from "../../domain/contracts/database.ts";
import type { FailureSample } from "../../domain/event.ts";
import { literal, type Sql, shownText, sql } from "../../domain/sql.ts";

export const SHOWN_ROWS = 5;

/** Columns to show first, as far as the query has them: the key, then what was tested. */
export type Front = { readonly key: readonly string[]; readonly tested: readonly string[] };

export const sampleOf = async (session: Session, query: Sql, front: Front): Promise<FailureSample | undefined> => {
  try {
    const found = await session.table(sql`select * from (\n${query}\n) as failing limit ${literal(SHOWN_ROWS)}`);
    return shown(found, query, front);
  } catch (error) {
    // The count stands; that the rows cannot be shown must not hide it.
    if (error instanceof DatabaseError) return undefined;
    throw error;
  }
};

export const shown = (found: TableResult, query: Sql, front: Front): FailureSample => {
  const first = [...new Set([...front.key, ...front.tested])].filter((c) => found.columns.includes(c));
  const order = [
    ...first.map((c) => found.columns.indexOf(c)),
    ...found.columns.flatMap((c, i) => (first.includes(c) ? [] : [i])),
  ];
  return {
    columns: order.map((i) => found.columns[i] ?? ""),
    keyColumns: front.key.filter((c) => found.columns.includes(c)).length,
    rows: found.rows.map((row) => order.map((i) => row[i] ?? null)),
    query: shownText(query),
  };
};
