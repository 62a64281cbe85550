/** What hangs on relations of the schemas that a run writes, in the same database, whoever made it. */
import type { Dependent } from "../domain/catalog.ts";
import type { Row } from "../domain/contracts/database.ts";
import { type Sql, sql } from "../domain/sql.ts";
import { type InspectRequest, inSchemas, isReachable, nameOf, recordedRelations, text } from "./inspect-request.ts";

export const dependentOf = (row: Row): Dependent => ({
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

/** One row for each of them. */
export const dependentFacts = (request: InspectRequest): Sql => sql`
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
