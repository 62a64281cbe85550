/**
 * Asks the catalog what the planning of data tests goes by: sizes, types, what is guaranteed. One query for all relations.
 * Of a small relation that was just built nothing needs to be asked.
 */
import type { CompiledTest } from "../../domain/compiled.ts";
import type { Row, Session } from "../../domain/contracts/database.ts";
import { joinSql, literal, relation, type Sql, sql, textOf } from "../../domain/sql.ts";
import { NO_FACTS, type RelationFacts, type TestFacts } from "../../domain/test-facts.ts";
import { functionsIn } from "../../domain/test-sql.ts";

/** So few rows are read faster than asked about. */
const FEW_ROWS = 20_000;

/** `rows`: of what the run has just built, where that is known. */
export const factsFor = (
  session: Session,
  tests: readonly CompiledTest[],
  rows: number | undefined,
): Promise<TestFacts> => {
  const relations = new Set(tests.map((test) => (test.relation === undefined ? "" : textOf(test.relation))));
  const isFew = rows !== undefined && rows <= FEW_ROWS && relations.size === 1;
  const isPlain = tests.every((test) => test.failing.kind === "row" && functionsIn(test).length === 0);
  return isFew || isPlain ? Promise.resolve(NO_FACTS) : factsOf(session, tests);
};

export const factsOf = async (session: Session, tests: readonly CompiledTest[]): Promise<TestFacts> => {
  const names = [...new Set(tests.flatMap(relationsOf))];
  const functions = [...new Set(tests.flatMap(functionsIn))];
  const [relations, serial] = await session.run(sql`${relationFacts(names)}; ${serialFacts(functions)}`);
  return {
    relations: new Map((relations?.rows ?? []).map((row) => [row["key"] ?? "", factsIn(row)])),
    serialFunctions: new Set((serial?.rows ?? []).map((row) => row["name"] ?? "")),
  };
};

/** Names as SQL has them; an ephemeral model is none. */
const relationsOf = (test: CompiledTest): readonly string[] => {
  const parent = test.failing.kind === "parent" ? [textOf(test.failing.parent)] : [];
  const named = test.relation === undefined ? parent : [textOf(test.relation), ...parent];
  return named.filter((text) => QUALIFIED.test(text));
};

const QUALIFIED = /^"(?:[^"]|"")+"\."(?:[^"]|"")+"$/;

type KeyRow = Omit<RelationFacts["foreignKeys"][number], "to"> & { readonly schema: string; readonly table: string };

const factsIn = (row: Row): RelationFacts => {
  const list = <T>(column: string): readonly T[] => JSON.parse(row[column] ?? "[]") as readonly T[];
  const columns = list<readonly [string, string, boolean]>("columns");
  return {
    bytes: row["bytes"] === null ? undefined : Number(row["bytes"]),
    rows: row["rows"] === null ? undefined : Number(row["rows"]),
    columns: new Map(columns.map(([name, type]) => [name, type])),
    notNull: new Map(columns.flatMap(([name, , isNotNull]) => (isNotNull ? [[name, undefined]] : []))),
    unique: list<RelationFacts["unique"][number]>("unique"),
    foreignKeys: list<KeyRow>("foreign_keys").map(({ schema, table, ...key }) => ({
      ...key,
      to: textOf(relation({ schema, name: table })),
    })),
    checks: list<RelationFacts["checks"][number]>("checks"),
  };
};

/**
 * Only what is valid and enforced guarantees anything; where a table has inheritance children, nothing of its own covers
 * theirs. Fields that older servers lack are read through JSON.
 */
const relationFacts = (names: readonly string[]): Sql => {
  if (names.length === 0) return sql`select 1 where false`;
  const keys = joinSql(
    names.map((name) => sql`(${literal(name)})`),
    sql`, `,
  );
  const isEnforced = sql`k.convalidated and coalesce((to_jsonb(k) ->> 'conenforced')::boolean, true)`;
  const namesOf = (numbers: Sql, table: Sql): Sql =>
    sql`(select json_agg(a.attname order by u.i) from unnest(${numbers}) with ordinality as u (n, i) join pg_attribute a on a.attrelid = ${table} and a.attnum = u.n)`;
  const keysAreReal = sql`c.relkind = 'p' or c.relkind = 'r' and not c.relhassubclass`;
  return sql`select v.key,
  case when c.relkind = 'r' then pg_relation_size(c.oid) when c.relkind = 'm' then pg_relation_size(c.oid) when c.relkind = 'p' then (select sum(pg_relation_size(p.relid)) from pg_partition_tree(c.oid) p where p.isleaf) end::text as bytes,
  case when c.reltuples >= 0 and (c.reltuples > 0 or c.relpages > 0) then round(c.reltuples)::bigint end::text as rows,
  (select json_agg(json_build_array(a.attname, case when t.typtype = 'e' then 'enum' else t.typname end,
      a.attnotnull and (current_setting('server_version_num')::int < 180000 or exists (select from pg_constraint k where k.conrelid = c.oid and k.contype = 'n' and k.conkey = array[a.attnum] and ${isEnforced}))))
    from pg_attribute a join pg_type t on t.oid = a.atttypid where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped)::text as columns,
  case when ${keysAreReal} then (select json_agg(json_build_object('name', x.relname, 'columns', ${namesOf(sql`(i.indkey::int2[])[0:i.indnkeyatts - 1]`, sql`c.oid`)},
      'isConstraint', exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u')), 'nullsEqual', coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false)))
    from pg_index i join pg_class x on x.oid = i.indexrelid where i.indrelid = c.oid and i.indisunique and i.indisvalid and i.indisready and i.indislive and i.indimmediate and i.indpred is null and i.indexprs is null
      and array_to_string(i.indcollation::oid[], ' ') = (select string_agg(a.attcollation::text, ' ' order by u.i) from unnest((i.indkey::int2[])[0:i.indnkeyatts - 1]) with ordinality as u (n, i) join pg_attribute a on a.attrelid = c.oid and a.attnum = u.n)) end::text as "unique",
  case when ${keysAreReal} then (select json_agg(json_build_object('name', k.conname, 'columns', ${namesOf(sql`k.conkey`, sql`c.oid`)},
      'schema', pn.nspname, 'table', pc.relname, 'toColumns', ${namesOf(sql`k.confkey`, sql`k.confrelid`)}))
    from pg_constraint k join pg_class pc on pc.oid = k.confrelid join pg_namespace pn on pn.oid = pc.relnamespace where k.conrelid = c.oid and k.contype = 'f' and ${isEnforced}) end::text as foreign_keys,
  case when ${keysAreReal} then (select json_agg(json_build_object('name', k.conname, 'expression', pg_get_expr(k.conbin, k.conrelid)))
    from pg_constraint k where k.conrelid = c.oid and k.contype = 'c' and not k.connoinherit and ${isEnforced}) end::text as checks
from (values ${keys}) as v (key) join pg_class c on c.oid = to_regclass(v.key)`;
};

const serialFacts = (names: readonly string[]): Sql =>
  names.length === 0
    ? sql`select 1 where false`
    : sql`select distinct lower(proname) as name from pg_proc where proparallel <> 's' and lower(proname) in (${joinSql(names.map(literal), sql`, `)})`;
