/** What the relation belongs to: publications, security labels, a composite type that it is a table of. */
import { ident, idents, literal, relation, sql } from "../../domain/sql.ts";
import type { Standing } from "../../domain/standing.ts";
import { said, setting, standingSource, type Target } from "./source.ts";

type Publication = {
  readonly name: string;
  readonly reach: "table" | "schema" | "all";
  readonly columns: readonly string[] | null;
  readonly filter: string | null;
};

/** Column lists, row filters and schemas came with 15. */
export const publications = standingSource<Publication>(
  (serverVersion) => sql`select t.oid, jsonb_build_object('name', p.pubname, 'reach', 'table', ${
    serverVersion >= 150_000
      ? sql`'columns', (select jsonb_agg(a.attname order by a.attnum) from pg_attribute a where a.attrelid = t.oid and a.attnum = any(r.prattrs::int2[])), 'filter', pg_get_expr(r.prqual, r.prrelid)`
      : sql`'columns', null, 'filter', null`
  }) as facts
from target t join pg_publication_rel r on r.prrelid = t.oid join pg_publication p on p.oid = r.prpubid
union all
select t.oid, jsonb_build_object('name', p.pubname, 'reach', 'all', 'columns', null, 'filter', null)
from target t cross join pg_publication p where p.puballtables and t.relkind in ('r', 'p')${
    serverVersion >= 150_000
      ? sql`
union all
select t.oid, jsonb_build_object('name', p.pubname, 'reach', 'schema', 'columns', null, 'filter', null)
from target t join pg_publication_namespace s on s.pnnspid = t.relnamespace join pg_publication p on p.oid = s.pnpubid where t.relkind in ('r', 'p')`
      : sql``
  }`,
  (facts, on) => [notReplicated(facts, on), membership(facts, on)],
);

const REACH = { table: "", schema: " (for tables in schema)", all: " (for all tables)" };

const notReplicated = ({ name, reach }: Publication, on: Target): Standing => ({
  ...{
    stage: "unmovable",
    on: on.name,
    kind: "publication",
    name: `${name}${REACH[reach]}`,
    unless: "replication accepted",
  },
  reason: "subscribers keep the old rows and only get what is written later",
  help: "`replication: accept` in the model's config publishes all the same, and keeps it in the publication",
});

/** The new table is a member of publications for its schema or all tables from the moment it stands there. */
const membership = ({ name, reach, columns, filter }: Publication, on: Target): Standing =>
  setting(on, { kind: "publication", name: `${name}${REACH[reach]}` }, (to) =>
    reach === "table"
      ? [
          sql`alter publication ${ident(name)} add table ${relation(to)}${columns === null ? sql`` : sql` (${idents(columns)})`}${filter === null ? sql`` : sql` where (${said(filter)})`}`,
        ]
      : [],
  );

type Label = {
  readonly provider: string;
  readonly label: string;
  readonly column: string | null;
  readonly type: "table" | "view" | "materialized view";
};

export const securityLabels = standingSource<Label>(
  () => sql`select t.oid, jsonb_build_object('provider', l.provider, 'label', l.label, 'column', a.attname,
  'type', case t.relkind when 'v' then 'view' when 'm' then 'materialized view' else 'table' end) as facts
from target t join pg_seclabel l on l.classoid = 'pg_class'::regclass and l.objoid = t.oid
left join pg_attribute a on a.attrelid = t.oid and a.attnum = l.objsubid and l.objsubid > 0`,
  ({ provider, label, column, type }, on) => [
    setting(
      on,
      {
        ...{ kind: "security label of", name: column === null ? provider : `${provider} on column ${column}` },
        needs: column === null ? { kind: "nothing" } : { kind: "column", column },
      },
      (to) => [
        sql`security label for ${ident(provider)} on ${column === null ? sql`${said(type)} ${relation(to)}` : sql`column ${relation(to)}.${ident(column)}`} is ${literal(label)}`,
      ],
    ),
  ],
);

export const typedTables = standingSource<{ readonly type: string }>(
  () =>
    sql`select t.oid, jsonb_build_object('type', format_type(t.reloftype, null)) as facts from target t where t.reloftype <> 0`,
  ({ type }, on) => [
    {
      ...{ stage: "unmovable", on: on.name, kind: "table of type", name: type, unless: "never" },
      reason: "a table that is built from a query is of no type",
      help: `alter table ${on.qualified} not of`,
    },
  ],
);
