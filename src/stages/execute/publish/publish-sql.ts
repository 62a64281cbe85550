/** The statements of the publish transaction, as data: which locks, what is parked, what is moved, what is carried over. */
import { parkingOf, type RelationName, workspaceOf } from "../../../domain/names.ts";
import type { PublishedDelta, PublishedRelation } from "../../../domain/publish-plan.ts";
import { ident, joinSql, literal, relation, type Sql, sql } from "../../../domain/sql.ts";
import { kindSql } from "../drop-relations.ts";

/** LOCK TABLE takes tables only: on a view it would lock what stands under it too, and matviews it refuses. */
const oldTables = (published: readonly PublishedRelation[]): readonly PublishedRelation[] =>
  published.filter((p) => p.oldKind === "table");

/** `others`: tables outside the run on which something changes as well. Undefined when there is nothing to lock. */
export const lockTables = (
  published: readonly PublishedRelation[],
  others: readonly RelationName[],
  mode: Sql,
): Sql | undefined => {
  const tables = [...oldTables(published).map((t) => t.name), ...others];
  if (tables.length === 0) return undefined;
  return sql`lock table ${joinSql(tables.map(relation), sql`, `)} in ${mode} mode`;
};

/**
 * Of a view or materialized view alone, and without changing it. Readers lock a view before what stands under it, so
 * publish does too, or each would wait for the other: these go before the tables, children first.
 */
export const lockViews = (
  published: readonly PublishedRelation[],
  outside: readonly RelationName[],
): readonly Sql[] => {
  const lock = (kind: Sql, name: RelationName): Sql =>
    sql`alter ${kind} ${relation(name)} set schema ${ident(name.schema)}`;
  const replaced = published.flatMap(({ name, oldKind }) =>
    oldKind === undefined || oldKind === "table" ? [] : [lock(kindSql(oldKind), name)],
  );
  return [...outside.map((name) => lock(sql`view`, name)).reverse(), ...replaced.reverse()];
};

export const parkOld = ({ name, oldKind }: PublishedRelation): readonly Sql[] =>
  oldKind === undefined
    ? []
    : [sql`alter ${kindSql(oldKind)} ${relation(name)} set schema ${ident(parkingOf(name.schema))}`];

export const moveNew = ({ name, newKind }: PublishedRelation): Sql =>
  sql`alter ${kindSql(newKind)} ${relation({ schema: workspaceOf(name.schema), name: name.name })} set schema ${ident(name.schema)}`;

/**
 * What stands in a live schema under a name that is about to be moved into it, and does not leave with what is replaced:
 * relations, indexes, and types (each relation brings a type and an array type).
 */
export const takenNames = (published: readonly PublishedRelation[], deltas: readonly PublishedDelta[]): Sql => {
  const schemas = [...new Set(published.map((p) => p.name.schema))];
  const parts = schemas.map((schema) => {
    // What takes new rows keeps its names; the scaffolding of the same names in the workspace is not moved.
    const replaced = [...published.filter((p) => p.oldKind !== undefined), ...deltas]
      .filter((p) => p.name.schema === schema)
      .map((p) => literal(p.name.name));
    const leaving = replaced.length === 0 ? sql`array[]::name[]` : sql`array[${joinSql(replaced, sql`, `)}]::name[]`;
    return sql`
(with live as (select oid from pg_namespace where nspname = ${literal(schema)}),
next as (select oid from pg_namespace where nspname = ${literal(workspaceOf(schema))}),
replaced as (select c.oid, c.reltype from pg_class c join live on c.relnamespace = live.oid where c.relname = any(${leaving})),
leaving as (select * from replaced union all select p.oid, p.reltype from pg_class p where p.relispartition and pg_partition_root(p.oid) in (select oid from replaced))
select ${literal(schema)} as schema, o.relname as name, case when o.relkind in ('i', 'I') then 'index' else 'relation' end as kind
from pg_class o join live on o.relnamespace = live.oid join pg_class c on c.relname = o.relname join next on c.relnamespace = next.oid
where o.oid not in (select oid from leaving) and not exists (select from pg_index i where i.indexrelid = o.oid and i.indrelid in (select oid from leaving))
  and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = o.oid and d.deptype in ('a', 'i') and d.refclassid = 'pg_class'::regclass and d.refobjid in (select oid from leaving))
union all
select ${literal(schema)}, o.typname, 'type'
from pg_type o join live on o.typnamespace = live.oid join pg_type c on c.typname = o.typname join next on c.typnamespace = next.oid
left join pg_type e on e.oid = o.typelem and e.typarray = o.oid
where o.typrelid not in (select oid from leaving where oid <> 0) and coalesce(e.typrelid, 0) not in (select oid from leaving)
  and not exists (select from pg_class k join pg_class m on m.relname = k.relname join next on m.relnamespace = next.oid where k.oid in (o.typrelid, e.typrelid))
  and not exists (select from pg_type t join next on t.typnamespace = next.oid where t.typname = e.typname))`;
  });
  return joinSql(parts, sql` union all `);
};

/** Who holds a lock that publish waits for. */
export const lockHolders = (published: readonly PublishedRelation[]): Sql => {
  const old = published.filter((p) => p.oldKind !== undefined);
  const names =
    old.length === 0
      ? sql`('', '')`
      : joinSql(
          old.map((p) => sql`(${literal(p.name.schema)}, ${literal(p.name.name)})`),
          sql`, `,
        );
  return sql`
select distinct a.pid, a.application_name, extract(epoch from clock_timestamp() - a.xact_start) * 1000 as age_ms
from pg_locks l join pg_class c on c.oid = l.relation join pg_namespace n on n.oid = c.relnamespace join pg_stat_activity a on a.pid = l.pid
where l.locktype = 'relation' and l.granted and l.pid <> pg_backend_pid() and l.database = (select oid from pg_database where datname = current_database())
  and (n.nspname, c.relname) in (values ${names}) order by 3 desc nulls last limit 5`;
};
