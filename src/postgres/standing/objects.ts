/** Indexes and constraints of the relation, foreign keys apart; and what was said of them by name. */
import { ident, literal, relation, type Sql, sql } from "../../domain/sql.ts";
import type { StandingObject } from "../../domain/standing.ts";
import { around, said, setting, standingSource, workspaceName } from "./source.ts";

type Index = {
  readonly name: string;
  readonly isUnique: boolean;
  readonly definition: string;
  readonly keys: readonly string[];
  /** Names of the plain columns among them. */
  readonly columns: readonly string[];
  readonly predicate: string | null;
};

const INDEXES = sql`target t join pg_index i on i.indrelid = t.oid join pg_class x on x.oid = i.indexrelid`;

export const indexes = standingSource<Index>(
  () => sql`select t.oid, jsonb_build_object('name', x.relname, 'isUnique', i.indisunique,
  'definition', replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON '),
  'keys', (select jsonb_agg(pg_get_indexdef(i.indexrelid, k, false) order by k) from generate_series(1, i.indnkeyatts) k),
  'columns', (select coalesce(jsonb_agg(a.attname), '[]') from pg_attribute a where a.attrelid = t.oid and a.attnum = any(i.indkey::int2[])),
  'predicate', pg_get_expr(i.indpred, i.indrelid)) as facts
from ${INDEXES} where not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.conrelid = t.oid and k.contype in ('p', 'u', 'x'))`,
  ({ name, isUnique, definition, keys, columns, predicate }, on) => [
    {
      ...{
        stage: "object",
        on: on.name,
        kind: isUnique ? "unique index" : "index",
        name,
        object: "index",
        isUnique,
        columns,
      },
      tail: around(definition, " ON ", on.qualified).tail,
      keys: keys.map(said),
      where: predicate === null ? undefined : said(predicate),
    },
  ],
);

type Constraint = {
  readonly name: string;
  readonly type: "p" | "u" | "c" | "x" | "n";
  readonly definition: string | null;
  readonly columns: readonly string[];
  readonly expression: string | null;
  readonly isValidated: boolean;
};

/** Not-null constraints have names from 18 on; a primary key brings its own. */
export const constraints = standingSource<Constraint>(
  (
    serverVersion,
  ) => sql`select t.oid, jsonb_build_object('name', k.conname, 'type', k.contype, 'definition', pg_get_constraintdef(k.oid),
  'columns', (select coalesce(jsonb_agg(a.attname), '[]') from pg_attribute a where a.attrelid = t.oid and a.attnum = any(k.conkey)),
  'expression', pg_get_expr(k.conbin, k.conrelid), 'isValidated', k.convalidated) as facts
from target t join pg_constraint k on k.conrelid = t.oid and k.contype in ('p', 'u', 'c', 'x', 'n')
where k.contype <> 'n' or not (k.conkey <@ coalesce(${primaryKey}, '{}'))${
    serverVersion >= 180_000
      ? sql``
      : sql`
union all
select t.oid, jsonb_build_object('name', t.relname || '_' || a.attname || '_not_null', 'type', 'n', 'definition', null, 'columns', jsonb_build_array(a.attname), 'expression', null, 'isValidated', true)
from target t join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped and a.attnotnull and t.relkind in ('r', 'p')
where a.attnum <> all (coalesce(${primaryKey}, '{}'))`
  }`,
  ({ name, type, definition, columns, expression, isValidated }, on) => [
    {
      ...{ stage: "object", on: on.name, kind: "constraint", name, columns, object: TYPES[type] },
      definition: definition === null ? undefined : said(definition),
      expression: expression === null || !isValidated ? undefined : said(expression),
    },
  ],
);

const primaryKey = sql`(select k.conkey from pg_constraint k where k.conrelid = t.oid and k.contype = 'p')`;

const TYPES: Record<Constraint["type"], Exclude<StandingObject["object"], "index">> = {
  p: "primary_key",
  u: "unique",
  c: "check",
  x: "exclude",
  n: "not_null",
};

type IndexSettings = {
  readonly name: string;
  readonly isClustered: boolean;
  readonly tablespace: string | null;
  /** Expressions have no column whose statistics target could be set. */
  readonly targets: readonly { readonly number: number; readonly target: number }[] | null;
};

export const indexSettings = standingSource<IndexSettings>(
  () => sql`select t.oid, jsonb_build_object('name', x.relname, 'isClustered', i.indisclustered,
  'tablespace', (select s.spcname from pg_tablespace s where s.oid = x.reltablespace),
  'targets', (select jsonb_agg(jsonb_build_object('number', a.attnum, 'target', a.attstattarget)) from pg_attribute a where a.attrelid = x.oid and nullif(a.attstattarget, -1) is not null)) as facts
from ${INDEXES}`,
  ({ name, isClustered, tablespace, targets }, on) => {
    const at = workspaceName(on);
    const index = relation({ schema: at.schema, name });
    const one = (kind: string, statement: Sql) =>
      setting(on, { kind, name, needs: { kind: "object", object: name }, workspace: [statement] }, () => []);
    return [
      ...(isClustered
        ? [one("cluster mark of index", sql`alter table ${relation(at)} cluster on ${ident(name)}`)]
        : []),
      ...(tablespace === null
        ? []
        : [one("tablespace of index", sql`alter index ${index} set tablespace ${ident(tablespace)}`)]),
      ...(targets ?? []).map(({ number, target }) =>
        one(
          "statistics target of index",
          sql`alter index ${index} alter column ${literal(number)} set statistics ${literal(target)}`,
        ),
      ),
    ];
  },
);

type ReplicaIdentity = { readonly identity: "n" | "f" | "i"; readonly index: string | null };

export const replicaIdentity = standingSource<ReplicaIdentity>(
  () => sql`select t.oid, jsonb_build_object('identity', t.relreplident,
  'index', (select x.relname from pg_index i join pg_class x on x.oid = i.indexrelid where i.indrelid = t.oid and i.indisreplident)) as facts
from target t where t.relkind in ('r', 'p') and (t.relreplident in ('n', 'f') or t.relreplident = 'i' and exists (select from pg_index i where i.indrelid = t.oid and i.indisreplident))`,
  ({ identity, index }, on) => {
    const chosen =
      identity === "i" ? sql`using index ${ident(index ?? "")}` : identity === "f" ? sql`full` : sql`nothing`;
    const name = index ?? (identity === "f" ? "full" : "nothing");
    return [
      setting(on, { kind: "replica identity", name }, (to) => [
        sql`alter table ${relation(to)} replica identity ${chosen}`,
      ]),
    ];
  },
);

type Comment = { readonly name: string; readonly isIndex: boolean; readonly text: string };

export const objectComments = standingSource<Comment>(
  () => sql`select t.oid, jsonb_build_object('name', x.relname, 'isIndex', true, 'text', d.description) as facts
from ${INDEXES} join pg_description d on d.classoid = 'pg_class'::regclass and d.objoid = x.oid and d.objsubid = 0
union all
select t.oid, jsonb_build_object('name', k.conname, 'isIndex', false, 'text', d.description)
from target t join pg_constraint k on k.conrelid = t.oid and k.contype <> 't' join pg_description d on d.classoid = 'pg_constraint'::regclass and d.objoid = k.oid`,
  ({ name, isIndex, text }, on) => [
    setting(
      on,
      { kind: isIndex ? "comment on index" : "comment on constraint", name, needs: { kind: "object", object: name } },
      (to) => [
        isIndex
          ? sql`comment on index ${relation({ schema: to.schema, name })} is ${literal(text)}`
          : sql`comment on constraint ${ident(name)} on ${relation(to)} is ${literal(text)}`,
      ],
    ),
  ],
);
