/** Takes the Catalog: what stands in the schemas that a run writes, what hangs on it, and what the role may do. */

import type { Catalog, CatalogRelation, Dependent, NamedObject, RelationKind } from "../domain/catalog.ts";
import type { Row, Session } from "../domain/contracts/database.ts";
import { type RelationName, relationKey } from "../domain/names.ts";
import { ident, joinSql, literal, quoteIdentifier, type Sql, sql } from "../domain/sql.ts";
import { lockTableFacts, lockTableOf } from "./lock-table.ts";
import { readStanding } from "./standing/standing.ts";

export type InspectRequest = {
  /** Live schemas that the run writes. */
  readonly schemas: readonly string[];
  /** Those of which is asked what stands on them. */
  readonly relations: readonly RelationName[];
  readonly bookkeeping: string;
  readonly serverVersion: number;
  /** A database that Galley never wrote to has none, and can be looked at all the same. */
  readonly hasBookkeeping: boolean;
  /** An older Galley made none. */
  readonly hasBatches: boolean;
};

/** Runs within a transaction of the caller's, if there is one. */
export const inspect = async (
  session: Session,
  asked: Omit<InspectRequest, "hasBookkeeping" | "hasBatches">,
): Promise<Catalog> => {
  const there = await session.step(
    sql`select ${isThere(asked.bookkeeping, "relations")} as there, ${isThere(asked.bookkeeping, "batches")} as batches`,
  );
  const facts = there[0]?.rows[0];
  const request = { ...asked, hasBookkeeping: facts?.["there"] === "t", hasBatches: facts?.["batches"] === "t" };
  const results = await session.step(
    sql`${roleFacts}; ${schemaFacts}; ${relationFacts(request)}; ${dependentFacts(request)}; ${recordedFacts(request)}; ${proofFacts(request)}; select rolname as name from pg_roles; ${lockTableFacts}; ${namedFacts(request)}`,
  );
  // What stands on a node's own relation is no dependent of it; on a materialized view of somebody else it is.
  const own = new Set(request.relations.map(relationKey));
  const standing = await readStanding(session, request.relations, request.serverVersion);
  const [role, schemas, relations, dependents, recorded, proofs, roles, locks, named] = results.map((r) => r.rows);
  return {
    serverVersion: asked.serverVersion,
    role: text(role?.[0], "role"),
    database: text(role?.[0], "database"),
    canCreateSchemas: text(role?.[0], "can_create") === "t",
    locks: lockTableOf(locks?.[0]),
    schemas: new Map(
      (schemas ?? []).map((r) => [
        text(r, "name"),
        { owner: text(r, "owner"), canCreate: text(r, "can_create") === "t" },
      ]),
    ),
    relations: new Map((relations ?? []).map(relationOf).map((r) => [relationKey(r.name), r])),
    dependents: (dependents ?? [])
      .map(dependentOf)
      .filter((d) => d.kind !== "statistics object" || !own.has(relationKey(d.on))),
    standing,
    named: (named ?? []).map(namedOf),
    roles: new Set((roles ?? []).map((r) => text(r, "name"))),
    recorded: (recorded ?? []).map((r) => ({
      name: nameOf(r, "schema", "name"),
      nodeId: text(r, "node_id"),
      kind: text(r, "kind"),
      runId: text(r, "run_id"),
      readAt: r["read_at"] === null ? undefined : new Date(Number(r["read_at"])),
    })),
    proofs: (proofs ?? []).map((r) => ({
      test: text(r, "test_id"),
      runId: text(r, "run_id"),
      fingerprint: text(r, "proof"),
    })),
  };
};

const isThere = (schema: string, table: string): Sql =>
  sql`to_regclass(${literal(`${quoteIdentifier(schema)}.${table}`)}) is not null`;

const text = (row: Row | undefined, column: string): string => row?.[column] ?? "";
const nameOf = (row: Row, schema: string, name: string): RelationName => ({
  schema: text(row, schema),
  name: text(row, name),
});

const relationOf = (row: Row): CatalogRelation => ({
  name: nameOf(row, "schema", "name"),
  kind: text(row, "kind") as RelationKind,
  owner: text(row, "owner"),
  isOwnerReachable: text(row, "is_owner_reachable") === "t",
  canOwnerCreate: text(row, "can_owner_create") === "t",
  recordedFor: row["node_id"] ?? undefined,
  objects: row["objects"] === null || row["objects"] === undefined ? undefined : JSON.parse(row["objects"]),
  partitions: Number(row["partitions"]),
});

const namedOf = (row: Row): NamedObject => ({
  ...nameOf(row, "schema", "name"),
  kind: text(row, "kind") as NamedObject["kind"],
  on: row["on_name"] === null ? undefined : nameOf(row, "on_schema", "on_name"),
});

const dependentOf = (row: Row): Dependent => ({
  on: nameOf(row, "on_schema", "on_name"),
  kind: text(row, "kind") as Dependent["kind"],
  name: text(row, "label"),
  relation: row["rel_name"] === null ? undefined : nameOf(row, "rel_schema", "rel_name"),
  right:
    row["owner"] === null
      ? undefined
      : {
          owner: text(row, "owner"),
          isOwnerReachable: text(row, "is_owner_reachable") === "t",
          schema: text(row, "owner_schema"),
          canCreate: text(row, "can_create") === "t",
        },
  columns: JSON.parse(row["columns"] ?? "[]") as readonly string[],
});

const roleFacts = sql`select current_user as role, current_database() as database, has_database_privilege(current_database(), 'CREATE') as can_create`;

const schemaFacts = sql`select nspname as name, pg_get_userbyid(nspowner) as owner, has_schema_privilege(oid, 'CREATE') as can_create from pg_namespace where nspname not like 'pg\_%'`;

const inSchemas = (schemas: readonly string[]): Sql =>
  schemas.length === 0 ? sql`('')` : sql`(${joinSql(schemas.map(literal), sql`, `)})`;

const recordedRelations = ({ bookkeeping, hasBookkeeping }: InspectRequest): Sql =>
  hasBookkeeping
    ? sql`${ident(bookkeeping)}.relations`
    : sql`(select null::text as schema, null::text as name, null::text as node_id, null::text as kind, null::text as run_id where false)`;

const relationFacts = (request: InspectRequest): Sql => sql`
select n.nspname as schema, c.relname as name,
  case c.relkind when 'r' then 'table' when 'v' then 'view' when 'm' then 'materialized view' when 'p' then 'partitioned table'
    when 'f' then 'foreign table' when 'S' then 'sequence' when 'c' then 'composite type' else 'index' end as kind,
  pg_get_userbyid(c.relowner) as owner,
  ${isReachable(sql`c.relowner`, request.serverVersion)} as is_owner_reachable,
  has_schema_privilege(c.relowner, n.oid, 'CREATE') as can_owner_create,
  case when c.relkind = 'p' then (select count(*) - 1 from pg_partition_tree(c.oid)) else 0 end as partitions,
  g.node_id, to_jsonb(g) -> 'objects' as objects
from pg_class c join pg_namespace n on n.oid = c.relnamespace
left join ${recordedRelations(request)} g on g.schema = n.nspname and g.name = c.relname and g.kind <> 'partition'
where n.nspname in ${inSchemas(request.schemas)} and c.relkind in ('r', 'v', 'm', 'p', 'f', 'S', 'c', 'i', 'I')`;

/** A run that was told its windows by the command line says nothing of how far a model is built. */
const readAt = ({ bookkeeping, hasBookkeeping, hasBatches }: InspectRequest): Sql => {
  if (!hasBookkeeping) return sql`null::text`;
  const s = ident(bookkeeping);
  const run = sql`(select r.started_at from ${s}.runs r where r.run_id = g.run_id)`;
  const batches = sql`(select min(b.read_at) from ${s}.batches b join ${s}.runs r on r.run_id = b.run_id where b.node_id = g.node_id and r.published_at is not null and not b.is_asked group by r.run_id, r.published_at order by r.published_at desc limit 1)`;
  const time = hasBatches ? sql`coalesce(${batches}, ${run})` : run;
  return sql`round(extract(epoch from ${time}) * 1000)::text`;
};

/** An array type belongs to what its elements belong to. */
const namedFacts = (request: InspectRequest): Sql => sql`
select o.schema, o.name, o.kind, m.nspname as on_schema, c.relname as on_name from (
  select n.nspname as schema, c.relname as name, 'index' as kind, i.indrelid as rel
  from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
  union all
  select n.nspname, y.typname, 'type', coalesce(nullif(y.typrelid, 0), nullif(e.typrelid, 0))
  from pg_type y join pg_namespace n on n.oid = y.typnamespace left join pg_type e on e.oid = y.typelem and e.typarray = y.oid
) o left join pg_class p on p.oid = o.rel left join pg_class c on c.oid = case when p.relispartition then pg_partition_root(p.oid) else p.oid end
left join pg_namespace m on m.oid = c.relnamespace
where o.schema in ${inSchemas(request.schemas)}`;

const recordedFacts = (request: InspectRequest): Sql => sql`
select g.schema, g.name, g.node_id, g.kind, g.run_id, ${readAt(request)} as read_at from ${recordedRelations(request)} g
where g.kind <> 'partition' and exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = g.schema and c.relname = g.name)
order by 1, 2`;

/** Bookkeeping of an older version, which a read-only verb may meet, has no such column: hence the JSON. */
const proofFacts = (request: InspectRequest): Sql =>
  request.hasBookkeeping
    ? sql`
select r.test_id, r.run_id, to_jsonb(r) ->> 'proof' as proof from ${ident(request.bookkeeping)}.test_results r
where r.run_id in (select g.run_id from ${recordedRelations(request)} g where g.kind = 'incremental') and r.status = 'pass' and to_jsonb(r) ->> 'proof' is not null`
    : sql`select 1 where false`;

/** One row for each thing that hangs on a relation of the schemas, whoever made it. */
const dependentFacts = (request: InspectRequest): Sql => sql`
with recursive reached as (
  select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname in ${inSchemas(request.schemas)} and c.relkind in ('r', 'v', 'm', 'p', 'f')
  union
  select v.oid from reached g join pg_class c on c.oid = g.oid left join pg_type y on y.oid = c.reltype
  cross join lateral (values ('pg_class'::regclass, c.oid), ('pg_type'::regclass, c.reltype), ('pg_type'::regclass, y.typarray)) a (classid, obj)
  join pg_depend d on d.refclassid = a.classid and d.refobjid = a.obj and d.classid = 'pg_rewrite'::regclass
  join pg_rewrite r on r.oid = d.objid join pg_class v on v.oid = r.ev_class and v.relkind = 'm'
),
target as (
  select c.oid, coalesce(w.nspname, n.nspname) as nspname, coalesce(w.relname, c.relname) as relname, c.reltype, c.relrowsecurity, w.oid is not null as is_ours
  from reached join pg_class c on c.oid = reached.oid join pg_namespace n on n.oid = c.relnamespace
  -- What hangs on a partition that Galley made hangs on the whole.
  left join ${recordedRelations(request)} g on g.schema = n.nspname and g.name = c.relname and g.kind = 'partition' and c.relispartition
  left join (select r.oid, r.relname, m.nspname from pg_class r join pg_namespace m on m.oid = r.relnamespace where r.relkind = 'p') w on g.name is not null and w.oid = pg_partition_root(c.oid)
),
anchor as (
  select oid, 'pg_class'::regclass as classid, oid as obj from target
  union all select oid, 'pg_type'::regclass, reltype from target
  union all select t.oid, 'pg_type'::regclass, y.typarray from target t join pg_type y on y.oid = t.reltype
),
held as (select a.oid, a.classid as by, a.obj as type, d.classid, d.objid, d.objsubid, d.deptype from anchor a join pg_depend d on d.refclassid = a.classid and d.refobjid = a.obj),
named as (select c.oid, n.nspname, c.relname, c.relkind from pg_class c join pg_namespace n on n.oid = c.relnamespace),
found as (
  select t.oid, case v.relkind when 'm' then 'materialized view' else 'view' end as kind, v.nspname || '.' || v.relname as label, v.oid as rel
  from held t join pg_rewrite r on t.classid = 'pg_rewrite'::regclass and r.oid = t.objid and r.ev_class <> t.oid join named v on v.oid = r.ev_class and v.relkind in ('v', 'm')
  union
  select t.oid, 'rule', r.rulename || ' on ' || v.nspname || '.' || v.relname, v.oid
  from held t join pg_rewrite r on t.classid = 'pg_rewrite'::regclass and r.oid = t.objid join named v on v.oid = r.ev_class and v.oid <> t.oid
  where r.rulename <> '_RETURN'
  union
  select t.oid, 'foreign key', k.conname || ' on ' || c.nspname || '.' || c.relname, c.oid
  from target t join pg_constraint k on k.confrelid = t.oid and k.contype = 'f' and k.conrelid <> t.oid and k.conparentid = 0
  join named c on c.oid = k.conrelid
  union
  select t.oid, 'policy', p.polname || ' on ' || c.nspname || '.' || c.relname, c.oid
  from held t join pg_policy p on t.classid = 'pg_policy'::regclass and p.oid = t.objid join named c on c.oid = p.polrelid and c.oid <> t.oid
  union
  select t.oid, 'statistics object', n.nspname || '.' || s.stxname, null from target t join pg_statistic_ext s on s.stxrelid = t.oid join pg_namespace n on n.oid = s.stxnamespace
  union
  select t.oid, 'partition', c.nspname || '.' || c.relname, c.oid
  from target t join pg_inherits i on t.oid in (i.inhparent, i.inhrelid) join named c on c.oid = case when i.inhparent = t.oid then i.inhrelid else i.inhparent end
  where not exists (select from target k where k.oid = i.inhrelid and k.is_ours)
  union
  select t.oid, case when t.by = 'pg_type'::regclass and t.type in (select unnest(p.prorettype || p.proargtypes::oid[] || coalesce(p.proallargtypes, '{}')))
    then 'function on its type' else 'function' end, p.oid::regprocedure::text, null
  from held t join pg_proc p on t.classid = 'pg_proc'::regclass and p.oid = t.objid
  union
  select t.oid, 'column of its type', c.nspname || '.' || c.relname, c.oid
  from held t join named c on t.classid = 'pg_class'::regclass and t.by = 'pg_type'::regclass and t.deptype = 'n' and c.oid = t.objid and c.oid <> t.oid
  union
  select t.oid, 'type', format_type(y.oid, null), null
  from held t join pg_type y on t.classid = 'pg_type'::regclass and t.deptype = 'n' and y.oid = t.objid
  union
  select t.oid, 'object', pg_describe_object(t.classid, t.objid, t.objsubid), null
  from held t left join pg_constraint k on t.classid = 'pg_constraint'::regclass and k.oid = t.objid
  where t.deptype = 'n' and t.classid not in ('pg_class'::regclass, 'pg_rewrite'::regclass, 'pg_type'::regclass, 'pg_proc'::regclass, 'pg_policy'::regclass,
    'pg_trigger'::regclass, 'pg_statistic_ext'::regclass, 'pg_publication_rel'::regclass, 'pg_attrdef'::regclass)
    and (k.oid is null or k.contype <> 'f' and k.conrelid <> t.oid)
  union
  select t.oid, 'default', c.nspname || '.' || c.relname, c.oid
  from target t join pg_depend o on o.refclassid = 'pg_class'::regclass and o.refobjid = t.oid and o.classid = 'pg_class'::regclass and o.deptype in ('a', 'i')
  join pg_class s on s.oid = o.objid and s.relkind = 'S'
  join pg_depend d on d.refclassid = 'pg_class'::regclass and d.refobjid = s.oid and d.classid = 'pg_attrdef'::regclass
  join pg_attrdef a on a.oid = d.objid join named c on c.oid = a.adrelid and c.oid <> t.oid
  union
  select t.oid, 'extension', e.extname, null
  from target t join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = t.oid and d.refclassid = 'pg_extension'::regclass and d.deptype = 'e'
  join pg_extension e on e.oid = d.refobjid
)
select t.nspname as on_schema, t.relname as on_name,
  -- Of a partition nothing is carried over.
  case when t.is_ours then 'object' else f.kind end as kind, case when t.is_ours then f.kind || ' ' || f.label || ', on a partition,' else f.label end as label, c.nspname as rel_schema, c.relname as rel_name,
  pg_get_userbyid(o.owner) as owner, n.nspname as owner_schema, has_schema_privilege(o.schema, 'CREATE') as can_create,
  ${isReachable(sql`o.owner`, request.serverVersion)} as is_owner_reachable,
  (select json_agg(distinct a.attname) from pg_constraint k join pg_attribute a on a.attrelid = k.confrelid and a.attnum = any(k.confkey)
    where f.kind = 'foreign key' and k.conrelid = f.rel and k.confrelid = t.oid and starts_with(f.label, k.conname || ' on ')) as columns
from found f join target t on t.oid = f.oid left join named c on c.oid = f.rel
left join lateral (
  select r.relowner, r.relnamespace from pg_class r where r.oid = f.rel
  union all
  select p.proowner, p.pronamespace from pg_proc p where p.oid = case when f.kind = 'function' then f.label::regprocedure end
) o (owner, schema) on true
left join pg_namespace n on n.oid = o.schema
where not (t.is_ours and f.kind = 'publication')
order by 1, 2, 3, 4`;

const isReachable = (owner: Sql, serverVersion: number): Sql =>
  sql`pg_has_role(current_user, ${owner}, 'USAGE')${serverVersion >= 160_000 ? sql` and pg_has_role(current_user, ${owner}, 'SET')` : sql``}`;
