/** The tables that a mapping loads, as the catalog describes them. */
import type { Session } from "../../domain/contracts/database.ts";
import { type RelationName, relationKey } from "../../domain/names.ts";
import { joinSql, literal, type Sql, sql } from "../../domain/sql.ts";

export type TargetTable = {
  readonly oid: string;
  readonly columns: ReadonlyMap<string, TargetColumn>;
  /** Sets of columns that ON CONFLICT can name. */
  readonly uniqueKeys: readonly (readonly string[])[];
};

type TargetColumn = {
  /** As SQL writes it, with its length or precision. */
  readonly type: string;
  readonly isNotNull: boolean;
  readonly hasDefault: boolean;
  /** An identity or a computed column: never given. */
  readonly isGenerated: boolean;
  /** Values have an equality; others (json, xml, point …) are compared as text. */
  readonly isComparable: boolean;
};

/** By `schema.name`; a relation that is no table is not in the map. */
export const targetTables = async (
  session: Session,
  names: readonly RelationName[],
): Promise<ReadonlyMap<string, TargetTable>> => {
  if (names.length === 0) return new Map();
  const results = await session.run(sql`${columnFacts(names)}; ${keyFacts(names)}`);
  const [columns, keys] = results.map((r) => r.rows);
  const tables = new Map<string, { oid: string; columns: Map<string, TargetColumn>; uniqueKeys: string[][] }>();
  for (const row of columns ?? []) {
    const key = relationKey({ schema: row["schema"] ?? "", name: row["name"] ?? "" });
    const table = tables.get(key) ?? { oid: row["oid"] ?? "", columns: new Map(), uniqueKeys: [] };
    tables.set(key, table);
    table.columns.set(row["column"] ?? "", {
      type: row["type"] ?? "",
      isNotNull: row["is_not_null"] === "t",
      hasDefault: row["has_default"] === "t",
      isGenerated: row["is_generated"] === "t",
      isComparable: row["is_comparable"] === "t",
    });
  }
  for (const row of keys ?? []) {
    const key = relationKey({ schema: row["schema"] ?? "", name: row["name"] ?? "" });
    tables.get(key)?.uniqueKeys.push(JSON.parse(row["columns"] ?? "[]") as string[]);
  }
  return tables;
};

const among = (names: readonly RelationName[]): Sql =>
  sql`(${joinSql(
    names.map(({ schema, name }) => sql`(${literal(schema)}, ${literal(name)})`),
    sql`, `,
  )})`;

const columnFacts = (names: readonly RelationName[]): Sql => sql`
select c.oid, n.nspname as schema, c.relname as name, a.attname as column,
  format_type(a.atttypid, a.atttypmod) as type,
  a.attnotnull or (t.typtype = 'd' and t.typnotnull) as is_not_null,
  a.atthasdef or a.attidentity <> '' or t.typdefault is not null as has_default,
  a.attidentity = 'a' or a.attgenerated <> '' as is_generated,
  coalesce(b.typname, t.typname) not in ('json', 'xml', 'point', 'line', 'lseg', 'box', 'path', 'polygon', 'circle', '_json', '_xml', '_point') as is_comparable
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
join pg_type t on t.oid = a.atttypid
left join pg_type b on b.oid = nullif(t.typbasetype, 0)
where (n.nspname, c.relname) in ${among(names)} and c.relkind in ('r', 'p')
order by c.oid, a.attnum`;

const keyFacts = (names: readonly RelationName[]): Sql => sql`
select n.nspname as schema, c.relname as name, json_agg(a.attname order by a.attname) as columns
from pg_index i
join pg_class c on c.oid = i.indrelid
join pg_namespace n on n.oid = c.relnamespace
join unnest(i.indkey::int2[]) with ordinality k(attnum, at) on k.at <= i.indnkeyatts
join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
where (n.nspname, c.relname) in ${among(names)} and i.indisunique and i.indisvalid and i.indimmediate
  and i.indpred is null and i.indexprs is null
group by n.nspname, c.relname, i.indexrelid
order by 1, 2, i.indexrelid`;

/** Foreign keys between the tables: the first refers to the second. */
export const referencesAmong = async (
  session: Session,
  names: readonly RelationName[],
): Promise<readonly { readonly from: string; readonly to: string }[]> => {
  if (names.length === 0) return [];
  const rows = await session.rows(sql`
select distinct n.nspname || '.' || c.relname as source, m.nspname || '.' || d.relname as target
from pg_constraint k
join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
join pg_class d on d.oid = k.confrelid join pg_namespace m on m.oid = d.relnamespace
where k.contype = 'f' and (n.nspname, c.relname) in ${among(names)} and (m.nspname, d.relname) in ${among(names)}
order by 1, 2`);
  return rows.map((row) => ({ from: row["source"] ?? "", to: row["target"] ?? "" }));
};
