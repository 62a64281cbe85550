/** Relations in, the query of the catalog behind their facts out: one for all of them, answered as one JSON value. */
import type { RelationName } from "../../domain/names.ts";
import { ident, joinSql, literal, type Sql, sql, textArray } from "../../domain/sql.ts";
import type { RelationFacts } from "../../domain/test-facts.ts";

/** What the query answers. */
export type Found = {
  readonly relations: Listed<FoundRelation>;
  readonly columns: Listed<FoundColumn>;
  readonly unique: Listed<FoundIndex>;
  readonly foreign_keys: Listed<FoundForeignKey>;
  readonly checks: Listed<FoundCheck>;
};

/** A list for each field, which the server makes in half the time of an object for each row; null where there is no row. */
export type Listed<T> = { readonly [Field in keyof T]: readonly T[Field][] | null } | null;

export type OfRelation = { readonly oid: string };

export type FoundRelation = OfRelation &
  RelationName & {
    readonly bytes: number | null;
    readonly rows: number | null;
  };

export type FoundColumn = OfRelation & {
  readonly number: number;
  readonly name: string;
  readonly collation: string;
  readonly type: string;
  readonly is_not_null: boolean;
};

export type FoundIndex = OfRelation & {
  readonly name: string;
  /** Of its columns and their collations, separated by blanks; the first `width` of them are its key. */
  readonly numbers: string;
  readonly collations: string;
  readonly width: number;
  readonly is_constraint: boolean;
  readonly nulls_equal: boolean;
};

type FoundCheck = OfRelation & RelationFacts["checks"][number];

export type FoundForeignKey = OfRelation & {
  readonly name: string;
  readonly to_schema: string;
  readonly to_name: string;
  readonly columns: readonly string[];
  readonly to_columns: readonly string[];
};

export type FactsAsked = {
  /** Of which only those are wanted that a test names. */
  readonly columns: readonly string[];
  readonly wantsForeignKeys: boolean;
  /** As server_version_num. */
  readonly serverVersion: number;
};

/**
 * Relations are found by their schemas and names, which is faster than `to_regclass` of each. Those that pair a schema
 * with a name of another one are left out afterwards.
 */
export const factsQuery = (
  named: readonly RelationName[],
  { columns, wantsForeignKeys, serverVersion }: FactsAsked,
): Sql => sql`with r as materialized (${relationsNamed(named)}), k as materialized (${constraintsOf(serverVersion)})
select json_build_object(
  'relations', ${listed(sql`select oid, schema, name, bytes, rows from r`, ["oid", "schema", "name", "bytes", "rows"])},
  'columns', ${columns.length === 0 ? NULL : listed(columnsOf(columns), COLUMN)},
  'unique', ${listed(uniqueOf(serverVersion), INDEX)},
  'foreign_keys', ${wantsForeignKeys ? listed(FOREIGN_KEYS, FOREIGN_KEY) : NULL},
  'checks', ${listed(CHECKS, ["oid", "name", "expression"])}) as facts`;

const NULL = sql`null`;

const COLUMN = ["oid", "number", "name", "collation", "type", "is_not_null"] satisfies (keyof FoundColumn)[];
const INDEX = [
  "oid",
  "name",
  "numbers",
  "collations",
  "width",
  "is_constraint",
  "nulls_equal",
] satisfies (keyof FoundIndex)[];
const FOREIGN_KEY = [
  "oid",
  "name",
  "to_schema",
  "to_name",
  "columns",
  "to_columns",
] satisfies (keyof FoundForeignKey)[];

const listed = (query: Sql, fields: readonly string[]): Sql => {
  const lists = fields.map((field) => sql`${literal(field)}, array_agg(found.${ident(field)})`);
  return sql`(select json_build_object(${joinSql(lists, sql`, `)}) from (${query}) as found)`;
};

/**
 * The size as of the last ANALYZE is known without opening a thousand relations. Nothing that a table with inheritance
 * children has of its own covers theirs, and of a foreign table it is a claim: only what is whole guarantees anything.
 */
const relationsNamed = (
  named: readonly RelationName[],
): Sql => sql`select c.oid::text as oid, c.oid as id, n.nspname as schema, c.relname as name,
    case c.relkind when 'r' then not c.relhassubclass when 'p' then not exists (select from pg_partition_tree(c.oid) p join pg_class l on l.oid = p.relid where l.relkind = 'f') else false end as whole,
    case when c.relkind in ('r', 'm') then case when c.relpages > 0 then c.relpages * current_setting('block_size')::bigint else pg_relation_size(c.oid) end when c.relkind = 'p' then (select sum(pg_relation_size(p.relid)) from pg_partition_tree(c.oid) p where p.isleaf) end as bytes,
    case when c.reltuples > 0 or c.reltuples = 0 and c.relpages > 0 then round(c.reltuples)::bigint end as rows
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = any (${textArray([...new Set(named.map(({ schema }) => schema))])}) and c.relname = any (${textArray(named.map(({ name }) => name))})`;

const ENFORCED_SINCE = 180000;
const NULLS_SINCE = 150000;

/** From version 18 on a constraint may be there and not be enforced, and one that keeps NULL out not be validated. */
const constraintsOf = (version: number): Sql => {
  const enforced = version >= ENFORCED_SINCE ? sql` and k.conenforced` : sql``;
  return sql`select r.oid, k.oid as id, k.conname as name, k.contype as type, k.conrelid, k.conindid, k.conkey, k.confrelid, k.confkey, k.conbin, k.connoinherit, k.convalidated${enforced} as holds
  from r join pg_constraint k on k.conrelid = r.id where r.whole`;
};

const columnsOf = (
  columns: readonly string[],
): Sql => sql`select r.oid, a.attnum as number, a.attname as name, a.attcollation::text as collation, case when t.typtype = 'e' then 'enum' else t.typname end as type, a.attnotnull and r.whole and coalesce(k.holds, true) as is_not_null
    from r join pg_attribute a on a.attrelid = r.id join pg_type t on t.oid = a.atttypid left join k on k.oid = r.oid and k.type = 'n' and k.conkey[1] = a.attnum
    where a.attnum > 0 and not a.attisdropped and a.attname in (${joinSql(columns.map(literal), sql`, `)})`;

const uniqueOf = (version: number): Sql => sql`select r.oid, x.relname as name,
    i.indkey::text as numbers, i.indcollation::text as collations, i.indnkeyatts as width, k.id is not null as is_constraint, ${version >= NULLS_SINCE ? sql`i.indnullsnotdistinct` : sql`false`} as nulls_equal
    from r join pg_index i on i.indrelid = r.id join pg_class x on x.oid = i.indexrelid
      left join k on k.conindid = i.indexrelid and k.oid = r.oid and k.type in ('p', 'u')
    where r.whole and i.indisunique and i.indisvalid and i.indisready and i.indislive and i.indimmediate
      and i.indpred is null and i.indexprs is null`;

const FOREIGN_KEYS = sql`select k.oid, k.name, n.nspname as to_schema, p.relname as to_name,
    json_agg(a.attname order by u.place) as columns, json_agg(b.attname order by u.place) as to_columns
    from k join pg_class p on p.oid = k.confrelid join pg_namespace n on n.oid = p.relnamespace
      cross join lateral unnest(k.conkey, k.confkey) with ordinality as u (own, other, place)
      join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.own join pg_attribute b on b.attrelid = k.confrelid and b.attnum = u.other
    where k.type = 'f' and k.holds
    group by k.oid, k.id, k.name, n.nspname, p.relname`;

const CHECKS = sql`select k.oid, k.name, pg_get_expr(k.conbin, k.conrelid) as expression from k where k.type = 'c' and not k.connoinherit and k.holds`;
