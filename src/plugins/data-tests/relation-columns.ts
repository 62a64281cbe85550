/** A relation in, its columns as rows (`column_name`, `place`, `column_type`) out, whether it has any rows or not. */
import { ident, type Sql, sql } from "../../domain/sql.ts";

export const columnRows = (relation: Sql): Sql =>
  sql`select k.column_name, k.place from ${emptyRow(relation)} cross join lateral json_object_keys(row_to_json(x)) with ordinality as k (column_name, place)`;

export const columnType = (relation: Sql, column: string): Sql =>
  sql`(select pg_typeof(x.${ident(column)}) from ${emptyRow(relation)})`;

/** A row `x` of the relation's columns, all of them NULL. */
const emptyRow = (relation: Sql): Sql =>
  sql`(select r.* from (select) as one left join ${relation} as r on false) as x`;
