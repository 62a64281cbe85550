/** Takes the Catalog: what stands in the schemas that a run writes, what hangs on it, and what the role may do. */

import type { Catalog, CatalogRelation, NamedObject, RelationKind } from "../domain/catalog.ts";
import type { Row, Session } from "../domain/contracts/database.ts";
import { relationKey } from "../domain/names.ts";
import { ident, literal, quoteIdentifier, type Sql, sql } from "../domain/sql.ts";
import { dependentFacts, dependentOf } from "./dependents.ts";
import { type InspectRequest, inSchemas, isReachable, nameOf, recordedRelations, text } from "./inspect-request.ts";
import { lockTableFacts, lockTableOf } from "./lock-table.ts";
import { readStanding } from "./standing/standing.ts";

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

const roleFacts = sql`select current_user as role, current_database() as database, has_database_privilege(current_database(), 'CREATE') as can_create`;

const schemaFacts = sql`select nspname as name, pg_get_userbyid(nspowner) as owner, has_schema_privilege(oid, 'CREATE') as can_create from pg_namespace where nspname not like 'pg\_%'`;

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
