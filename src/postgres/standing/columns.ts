/** What was set for single columns: statistics target, storage, compression, options, default, identity. */
import { parkingOf } from "../../domain/names.ts";
import { ident, joinSql, literal, relation, type Sql, sql } from "../../domain/sql.ts";
import { said, setting, standingSource, workspaceName } from "./source.ts";
import { optionOf } from "./storage.ts";

type Options = {
  readonly column: string;
  readonly statistics: number | null;
  /** Null: that of its type. */
  readonly storage: "p" | "e" | "m" | "x" | null;
  readonly compression: string;
  readonly options: readonly string[] | null;
};

const COLUMNS = sql`target t join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped`;

export const columnOptions = standingSource<Options>(
  () => sql`select t.oid, jsonb_build_object('column', a.attname, 'statistics', nullif(a.attstattarget, -1),
  'storage', nullif(a.attstorage, y.typstorage), 'compression', a.attcompression, 'options', to_jsonb(a.attoptions)) as facts
from ${COLUMNS} join pg_type y on y.oid = a.atttypid
where nullif(a.attstattarget, -1) is not null or a.attstorage <> y.typstorage or a.attcompression <> '' or a.attoptions is not null`,
  ({ column, statistics, storage, compression, options }, on) => {
    const one = (what: string, action: Sql) =>
      setting(
        on,
        {
          kind: `column ${what}`,
          name: column,
          needs: { kind: "column", column },
          workspace: [sql`alter table ${relation(workspaceName(on))} alter column ${ident(column)} ${action}`],
        },
        () => [],
      );
    return [
      ...(statistics === null ? [] : [one("statistics target", sql`set statistics ${literal(statistics)}`)]),
      ...(storage === null ? [] : [one("storage", sql`set storage ${STORAGE[storage]}`)]),
      ...(compression === "" ? [] : [one("compression", sql`set compression ${compressionSql(compression)}`)]),
      ...(options ?? []).map((option) => {
        const { name, value } = optionOf(option);
        return one(`option ${name}`, sql`set (${ident(name)} = ${literal(value)})`);
      }),
    ];
  },
);

const STORAGE = { p: sql`plain`, e: sql`external`, m: sql`main`, x: sql`extended` };

const compressionSql = (letter: string): Sql => (letter === "l" ? sql`lz4` : sql`pglz`);

type Default = { readonly column: string; readonly expression: string; readonly generated: boolean };

export const defaults = standingSource<Default>(
  () => sql`select t.oid, jsonb_build_object('column', a.attname, 'expression', pg_get_expr(d.adbin, d.adrelid), 'generated', a.attgenerated <> '') as facts
from ${COLUMNS} join pg_attrdef d on d.adrelid = t.oid and d.adnum = a.attnum`,
  ({ column, expression, generated }, on) =>
    generated
      ? [
          {
            ...{ stage: "unmovable", on: on.name, kind: "generated column", name: column, unless: "never" },
            reason: "a table that is built from a query has none",
            help: `compute ${column} in the model, or drop it: alter table ${on.qualified} drop column ${column}`,
          },
        ]
      : [
          setting(on, { kind: "default of column", name: column, needs: { kind: "column", column } }, (to) => [
            sql`alter table ${relation(to)} alter column ${ident(column)} set default ${said(expression)}`,
          ]),
        ],
);

type SequenceGrant = { readonly privilege: string; readonly grantee: string | null };

type Identity = {
  readonly column: string;
  readonly always: boolean;
  readonly sequence: string;
  readonly type: string;
  readonly start: string;
  readonly increment: string;
  readonly min: string;
  readonly max: string;
  readonly cache: string;
  readonly cycle: boolean;
  readonly grants: readonly SequenceGrant[] | null;
};

/** Its sequence belongs to its column for ever, so that the new one gets its name, its options and its value. */
export const identities = standingSource<Identity>(
  () => sql`select t.oid, jsonb_build_object('column', a.attname, 'always', a.attidentity = 'a', 'sequence', s.relname, 'type', format_type(q.seqtypid, null),
  'start', q.seqstart::text, 'increment', q.seqincrement::text, 'min', q.seqmin::text, 'max', q.seqmax::text, 'cache', q.seqcache::text, 'cycle', q.seqcycle,
  'grants', (select jsonb_agg(jsonb_build_object('privilege', x.privilege_type, 'grantee', case x.grantee when 0 then null else pg_get_userbyid(x.grantee) end)) from aclexplode(s.relacl) x where x.grantee <> s.relowner)) as facts
from ${COLUMNS} and a.attidentity <> '' join pg_depend d on d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.refobjid = t.oid and d.refobjsubid = a.attnum and d.deptype = 'i'
join pg_class s on s.oid = d.objid and s.relkind = 'S' join pg_sequence q on q.seqrelid = s.oid`,
  (identity, on) => {
    const { column, always, sequence, grants } = identity;
    const needs = { kind: "column", column } as const;
    const statements = setting(on, { kind: "identity of column", name: column, needs }, (to) => [
      sql`alter table ${relation(to)} alter column ${ident(column)} add generated ${always ? sql`always` : sql`by default`} as identity (sequence name ${relation({ schema: to.schema, name: sequence })} ${joinSql(optionsOf(identity), sql` `)})`,
      ...(grants ?? []).map(
        ({ privilege, grantee }) =>
          sql`grant ${said(privilege)} on sequence ${relation({ schema: to.schema, name: sequence })} to ${grantee === null ? sql`public` : ident(grantee)}`,
      ),
    ]);
    const parked = relation({ schema: parkingOf(on.name.schema), name: sequence });
    const goOn = sql`select setval(${literal(quotedName(on.name.schema, sequence))}, o.last_value, o.is_called) from ${parked} o`;
    return [{ ...statements, publish: [...statements.publish, goOn] }];
  },
);

const quotedName = (schema: string, name: string): string =>
  [schema, name].map((part) => `"${part.replaceAll('"', '""')}"`).join(".");

const optionsOf = ({ start, increment, min, max, cache, cycle }: Identity): readonly Sql[] => [
  sql`start with ${said(start)} increment by ${said(increment)} minvalue ${said(min)} maxvalue ${said(max)} cache ${said(cache)}`,
  cycle ? sql`cycle` : sql`no cycle`,
];

type Owned = { readonly column: string; readonly schema: string; readonly sequence: string };

/** Kept as it is, value, grants and all: it changes hands. */
export const ownedSequences = standingSource<Owned>(
  () => sql`select t.oid, jsonb_build_object('column', a.attname, 'schema', n.nspname, 'sequence', s.relname) as facts
from ${COLUMNS} join pg_depend d on d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.refobjid = t.oid and d.refobjsubid = a.attnum and d.deptype = 'a'
join pg_class s on s.oid = d.objid and s.relkind = 'S' join pg_namespace n on n.oid = s.relnamespace`,
  ({ column, schema, sequence }, on) => {
    const name = relation({ schema, name: sequence });
    return [
      {
        ...setting(
          on,
          {
            ...{ kind: "sequence", name: sequence, needs: { kind: "column", column } },
            before: [sql`alter sequence ${name} owned by none`],
          },
          (to) => [sql`alter sequence ${name} owned by ${relation(to)}.${ident(column)}`],
        ),
        // It can only belong to a table of its own schema, which the workspace is not.
        trial: [],
      },
    ];
  },
);
