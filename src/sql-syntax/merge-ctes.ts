/** A query and CTEs to go in front of its own: one query. */
import { ident, joinSql, type Sql, sql, textOf } from "../domain/sql.ts";
import type { Query } from "./read-query.ts";
import { sliceSql } from "./slice.ts";

export type Cte = { readonly name: string; readonly query: Sql };

/** In an existing `with [recursive]`, or in one of their own. Bodies stand on lines of their own: a last comment ends there. */
export const mergeCtes = ({ sql: query, ctePlace }: Pick<Query, "sql" | "ctePlace">, ctes: readonly Cte[]): Sql => {
  if (ctes.length === 0) return query;
  const list = joinSql(
    ctes.map((cte) => sql`${ident(cte.name)} as (\n${cte.query}\n)`),
    sql`,\n`,
  );
  if (ctePlace.kind === "before the query") return sql`with ${list}\n${query}`;
  const { offset } = ctePlace;
  return sql`${sliceSql(query, 0, offset)}${list},\n${sliceSql(query, offset, textOf(query).length)}`;
};
