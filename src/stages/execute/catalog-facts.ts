/** The queries of the catalog behind the facts of relations: a few for all of them, each by the oids that the first found. */
import type { Row, Session } from "../../domain/contracts/database.ts";
import { joinSql, literal, relation, type Sql, sql, textArray, textOf } from "../../domain/sql.ts";
import { isBig, type RelationFacts } from "../../domain/test-facts.ts";

export type FactsWanted = {
  /** Of relations, as SQL has them. */
  readonly names: readonly string[];
  /** Those that matter. */
  readonly columns: readonly string[];
  /** Those of which it is worth knowing if they have few values. */
  readonly dear: readonly string[];
  readonly wantsForeignKeys: boolean;
};

export const relationFacts = async (
  session: Session,
  { names, columns, dear, wantsForeignKeys }: FactsWanted,
): Promise<ReadonlyMap<string, RelationFacts>> => {
  if (names.length === 0) return new Map();
  const [server, sized] = await session.run(
    sql`select current_setting('server_version_num') as version; ${sizes(names)}`,
  );
  const found = sized?.rows ?? [];
  if (found.length === 0) return new Map();
  const version = Number(server?.rows[0]?.["version"]);
  const of = oidsOf(found);
  // Nothing that a table with inheritance children has of its own covers theirs, and of a foreign table it is a claim.
  const whole = oidsOf(found.filter((row) => row["whole"] === "t"));
  const big = found.filter((row) => isBig({ bytes: bytesOf(row) }));
  const results = await session.run(
    joinSql(
      [
        columnsOf(of, whole, columns, version),
        uniqueOf(whole, version),
        wantsForeignKeys ? foreignKeysOf(whole, version) : NOTHING,
        checksOf(whole, version),
        big.length === 0 || dear.length === 0 ? NOTHING : fewValuesOf(oidsOf(big), dear),
      ],
      sql`; `,
    ),
  );
  const [types, unique, foreignKeys, checks, fewValues] = results.map((result) => byRelation(result.rows));
  return new Map(
    found.map((row): [string, RelationFacts] => {
      const rowsOf = (all: ReadonlyMap<string, readonly Row[]> | undefined): readonly Row[] =>
        all?.get(row["oid"] ?? "") ?? [];
      return [
        row["key"] ?? "",
        {
          bytes: bytesOf(row),
          rows: row["rows"] === null ? undefined : Number(row["rows"]),
          columns: new Map(rowsOf(types).map((r) => [r["name"] ?? "", r["type"] ?? ""])),
          fewValues: new Set(rowsOf(fewValues).map((r) => r["name"] ?? "")),
          notNull: new Map(
            rowsOf(types).flatMap((r) => (r["is_not_null"] === "t" ? [[r["name"] ?? "", undefined]] : [])),
          ),
          unique: rowsOf(unique).flatMap((r) => uniqueIn(r, rowsOf(types))),
          foreignKeys: rowsOf(foreignKeys).map((r) => ({
            name: r["name"] ?? "",
            columns: list(r["columns"]),
            to: textOf(relation({ schema: r["to_schema"] ?? "", name: r["to_name"] ?? "" })),
            toColumns: list(r["to_columns"]),
          })),
          checks: rowsOf(checks).map((r) => ({ name: r["name"] ?? "", expression: r["expression"] ?? "" })),
        },
      ];
    }),
  );
};

const NOTHING = sql`select 1 where false`;

const oidsOf = (rows: readonly Row[]): Sql => sql`${literal(`{${rows.map((row) => row["oid"]).join(",")}}`)}::oid[]`;

const bytesOf = (row: Row): number | undefined => (row["bytes"] === null ? undefined : Number(row["bytes"]));

const list = (value: string | null | undefined): readonly string[] => JSON.parse(value ?? "[]") as readonly string[];

const byRelation = (rows: readonly Row[]): ReadonlyMap<string, readonly Row[]> => {
  const found = new Map<string, Row[]>();
  for (const row of rows) {
    const oid = row["oid"] ?? "";
    const together = found.get(oid);
    if (together === undefined) found.set(oid, [row]);
    else together.push(row);
  }
  return found;
};

/** The size as of the last ANALYZE is known without opening a thousand relations. */
const sizes = (names: readonly string[]): Sql => sql`select v.key, c.oid::text as oid,
  case c.relkind when 'r' then not c.relhassubclass when 'p' then not exists (select from pg_partition_tree(c.oid) p join pg_class l on l.oid = p.relid where l.relkind = 'f') else false end as whole,
  case when c.relkind in ('r', 'm') then case when c.relpages > 0 then c.relpages * current_setting('block_size')::bigint else pg_relation_size(c.oid) end when c.relkind = 'p' then (select sum(pg_relation_size(p.relid)) from pg_partition_tree(c.oid) p where p.isleaf) end::text as bytes,
  case when c.reltuples > 0 or c.reltuples = 0 and c.relpages > 0 then round(c.reltuples)::bigint end::text as rows
from unnest(${textArray(names)}) as v (key) join pg_class c on c.oid = to_regclass(v.key)`;

/** From version 18 on a not-null constraint may be there and not be validated. */
const columnsOf = (of: Sql, whole: Sql, columns: readonly string[], version: number): Sql => {
  if (columns.length === 0) return NOTHING;
  const isNew = version >= ENFORCED_SINCE;
  const known = isNew ? sql`(k.oid is null or ${isEnforced(version)})` : sql`true`;
  const join = isNew
    ? sql` left join pg_constraint k on k.conrelid = a.attrelid and k.contype = 'n' and k.conkey[1] = a.attnum`
    : sql``;
  return sql`select a.attrelid::text as oid, a.attnum::text as number, a.attname as name, a.attcollation::text as collation, case when t.typtype = 'e' then 'enum' else t.typname end as type, a.attnotnull and a.attrelid = any(${whole}) and ${known} as is_not_null
from pg_attribute a join pg_type t on t.oid = a.atttypid${join}
where a.attrelid = any(${of}) and a.attnum > 0 and not a.attisdropped and a.attname in (${joinSql(columns.map(literal), sql`, `)})`;
};

const ENFORCED_SINCE = 180000;
const NULLS_SINCE = 150000;

const isEnforced = (version: number): Sql =>
  version >= ENFORCED_SINCE ? sql`k.convalidated and k.conenforced` : sql`k.convalidated`;

const uniqueOf = (of: Sql, version: number): Sql => sql`select i.indrelid::text as oid, x.relname as name,
  i.indkey::text as numbers, i.indcollation::text as collations, i.indnkeyatts::text as width, k.oid is not null as is_constraint, ${version >= NULLS_SINCE ? sql`i.indnullsnotdistinct` : sql`false`} as nulls_equal
from pg_index i join pg_class x on x.oid = i.indexrelid
  left join pg_constraint k on k.conrelid = i.indrelid and k.conindid = i.indexrelid and k.contype in ('p', 'u')
where i.indrelid = any(${of}) and i.indisunique and i.indisvalid and i.indisready and i.indislive and i.indimmediate
  and i.indpred is null and i.indexprs is null`;

/** An index over columns that no test names proves nothing; one in another collation calls other texts the same. */
const uniqueIn = (row: Row, columns: readonly Row[]): RelationFacts["unique"] => {
  const collations = (row["collations"] ?? "").split(" ");
  const numbers = (row["numbers"] ?? "").split(" ").slice(0, Number(row["width"]));
  const names = numbers.map(
    (number, i) => columns.find((c) => c["number"] === number && c["collation"] === collations[i])?.["name"],
  );
  if (names.includes(undefined)) return [];
  return [
    {
      name: row["name"] ?? "",
      columns: names.map((name) => name ?? ""),
      isConstraint: row["is_constraint"] === "t",
      nullsEqual: row["nulls_equal"] === "t",
    },
  ];
};

const foreignKeysOf = (
  of: Sql,
  version: number,
): Sql => sql`select k.conrelid::text as oid, k.conname as name, n.nspname as to_schema, p.relname as to_name,
  json_agg(a.attname order by u.place)::text as columns, json_agg(b.attname order by u.place)::text as to_columns
from pg_constraint k join pg_class p on p.oid = k.confrelid join pg_namespace n on n.oid = p.relnamespace
  cross join lateral unnest(k.conkey, k.confkey) with ordinality as u (own, other, place)
  join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.own join pg_attribute b on b.attrelid = k.confrelid and b.attnum = u.other
where k.conrelid = any(${of}) and k.contype = 'f' and ${isEnforced(version)}
group by k.oid, k.conrelid, k.conname, n.nspname, p.relname`;

const checksOf = (of: Sql, version: number): Sql =>
  sql`select k.conrelid::text as oid, k.conname as name, pg_get_expr(k.conbin, k.conrelid) as expression from pg_constraint k where k.conrelid = any(${of}) and k.contype = 'c' and not k.connoinherit and ${isEnforced(version)}`;

/** A share of the rows, which pg_stats has as a negative number, grows with them. */
const fewValuesOf = (of: Sql, dear: readonly string[]): Sql =>
  sql`select c.oid::text as oid, s.attname as name from pg_stats s join pg_namespace n on n.nspname = s.schemaname join pg_class c on c.relnamespace = n.oid and c.relname = s.tablename where c.oid = any(${of}) and s.attname in (${joinSql(dear.map(literal), sql`, `)}) and s.n_distinct between 1 and ${literal(FEW_VALUES)}`;

const FEW_VALUES = 10_000;
