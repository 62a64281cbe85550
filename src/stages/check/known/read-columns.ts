/** A relation in; its columns with their types, and the key that tells its rows apart, out. */
import type { Session } from "../../../domain/contracts/database.ts";
import type { RelationName } from "../../../domain/names.ts";
import { literal, relation, sql, textOf } from "../../../domain/sql.ts";

export type ColumnType = {
  readonly name: string;
  /** Without a length or a precision, and without what a domain checks: other values may not fit. */
  readonly type: string;
  /** The type beneath a domain. */
  readonly base: string;
  readonly isEnum: boolean;
};

export const readColumns = async (session: Session, name: RelationName): Promise<readonly ColumnType[]> => {
  const rows = await session.rows(sql`
select a.attname as name, format_type(coalesce(b.oid, t.oid), -1) as type, coalesce(b.typname, t.typname) as base, coalesce(b.typtype, t.typtype) = 'e' as is_enum
from pg_attribute a join pg_type t on t.oid = a.atttypid left join pg_type b on b.oid = nullif(t.typbasetype, 0)
where a.attrelid = ${literal(textOf(relation(name)))}::regclass and a.attnum > 0 and not a.attisdropped order by a.attnum`);
  return rows.map((row) => ({
    name: row["name"] ?? "",
    type: row["type"] ?? "",
    base: row["base"] ?? "",
    isEnum: row["is_enum"] === "t",
  }));
};

/** The primary key, else the first unique index whose columns are never NULL. */
export const readKey = async (session: Session, name: RelationName): Promise<readonly string[]> => {
  const rows = await session.rows(sql`
select (select json_agg(a.attname order by k.ord) from unnest(i.indkey::int2[]) with ordinality k(num, ord) join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.num) as columns
from pg_index i where i.indrelid = to_regclass(${literal(textOf(relation(name)))}) and i.indisunique and i.indpred is null and i.indexprs is null
  and not exists (select from unnest(i.indkey::int2[]) k(num) join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.num and not a.attnotnull)
order by not i.indisprimary, i.indexrelid limit 1`);
  return JSON.parse(rows[0]?.["columns"] ?? "[]") as readonly string[];
};
