/** All that the catalogs say of some schemas, a line a fact and without oids: for comparing before and after. */
import type { TestDatabase } from "./database.ts";

export const catalogOf = async (
  { queryAsSuperuser }: TestDatabase,
  schemas: readonly string[],
): Promise<readonly string[]> => {
  const inSchemas = schemas.map((s) => `'${s}'`).join(", ");
  const rows = await queryAsSuperuser(`
set search_path = '';
with n as (select oid, nspname from pg_namespace where nspname in (${inSchemas})),
c as (select c.*, n.nspname || '.' || c.relname as label from pg_class c join n on n.oid = c.relnamespace)
select * from (
select label || ' relation ' || relkind::text || ' ' || pg_get_userbyid(relowner) || ' ' || relispopulated || coalesce(' acl ' || (select string_agg(a::text, ' ' order by a::text) from unnest(relacl) a), '')
  || coalesce(' with ' || reloptions::text, '') || coalesce(' says ' || obj_description(oid, 'pg_class'), '') as fact from c
union all select label || ' is ' || pg_get_viewdef(oid) from c where relkind in ('v', 'm')
union all select label || ' column ' || attname || ' ' || format_type(atttypid, atttypmod) || coalesce(' acl ' || attacl::text, '') || coalesce(' says ' || col_description(c.oid, attnum), '')
  || ' ' || attstorage::text || coalesce(' target ' || nullif(attstattarget, -1)::text, '') || coalesce(' default ' || pg_get_expr(adbin, adrelid), '')
  from c join pg_attribute a on a.attrelid = c.oid and attnum > 0 left join pg_attrdef d on d.adrelid = c.oid and d.adnum = attnum
union all select label || ' index ' || pg_get_indexdef(indexrelid) || ' ' || indisclustered || coalesce(' says ' || obj_description(indexrelid, 'pg_class'), '') from c join pg_index on indrelid = c.oid
union all select label || ' constraint ' || conname || ' ' || pg_get_constraintdef(k.oid) || coalesce(' says ' || obj_description(k.oid, 'pg_constraint'), '') from c join pg_constraint k on k.conrelid = c.oid
union all select label || ' trigger ' || pg_get_triggerdef(t.oid) || ' ' || tgenabled::text from c join pg_trigger t on tgrelid = c.oid and not tgisinternal
union all select label || ' policy ' || polname || coalesce(' using ' || pg_get_expr(polqual, polrelid), '') || coalesce(' check ' || pg_get_expr(polwithcheck, polrelid), '') from c join pg_policy on polrelid = c.oid
union all select label || ' rule ' || pg_get_ruledef(r.oid) || ' ' || ev_enabled::text from c join pg_rewrite r on r.ev_class = c.oid where rulename <> '_RETURN'
union all select label || ' statistics ' || pg_get_statisticsobjdef(s.oid) || ' ' || pg_get_userbyid(stxowner) || coalesce(' says ' || obj_description(s.oid, 'pg_statistic_ext'), '') from c join pg_statistic_ext s on stxrelid = c.oid
union all select n.nspname || ' function ' || pg_get_functiondef(p.oid) || ' ' || pg_get_userbyid(proowner) || coalesce(' acl ' || proacl::text, '') || coalesce(' says ' || obj_description(p.oid, 'pg_proc'), '') from pg_proc p join n on n.oid = pronamespace
union all select n.nspname || ' type ' || typname from pg_type y join n on n.oid = typnamespace
) f order by fact collate "C"`);
  return rows.map((row) => String(row["fact"]));
};
