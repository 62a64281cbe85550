/** A query and CTEs to go in front of its own: one query. */
import { ident, joinSql, type Sql, sql, textOf } from "../domain/sql.ts";
import type { Query } from "./read-query.ts";
import { sliceSql } from "./slice.ts";

export type Cte = { readonly name: string; readonly query: Sql };

/** In an existing `with [recursive]`, or in one of their own. Bodies stand on lines of their own: a last comment ends there. */
export const mergeCtes = ({ sql: query, ctePlace }: Pick<Query, "sql" | "ctePlace">, ctes: readonly Cte[]): Sql => {
  if (ctes.length === 0) return query;
  const list = cteList(ctes);
  if (ctePlace.kind === "before the query") return sql`with ${list}\n${query}`;
  const { offset } = ctePlace;
  return sql`${sliceSql(query, 0, offset)}${list},\n${sliceSql(query, offset, textOf(query).length)}`;
};

/** What stands before and after further CTEs, which the others may read: `head`, a list of them, `tail`. */
export const openFor = (
  query: Pick<Query, "sql" | "ctePlace">,
  ctes: readonly Cte[],
): { readonly head: Sql; readonly tail: Sql } => {
  const { sql: text, ctePlace } = query;
  const following = ctes.length === 0 ? sql`` : sql`,\n${cteList(ctes)}`;
  if (ctePlace.kind === "before the query") return { head: sql`with `, tail: sql`${following}\n${text}` };
  const { offset } = ctePlace;
  const rest = sliceSql(text, offset, textOf(text).length);
  return { head: sliceSql(text, 0, offset), tail: sql`${following},\n${rest}` };
};

export const cteList = (ctes: readonly Cte[]): Sql =>
  joinSql(
    ctes.map((cte) => sql`${ident(cte.name)} as (\n${cte.query}\n)`),
    sql`,\n`,
  );
