/** All that pg_catalog knows of a relation, in a form without OIDs: two of them are equal when nothing was lost. */
import type { TestDatabase } from "./database.ts";

export const catalogOf = async (
  { queryAsSuperuser }: TestDatabase,
  relation: string,
): Promise<Readonly<Record<string, readonly unknown[]>>> => {
  const [version] = await queryAsSuperuser("select current_setting('server_version_num')::int as number");
  const number = Number(version?.["number"]);
  const queries = Object.entries(QUERIES).filter(([name]) => name !== "publication schemas" || number >= 150_000);
  const facts = queries.map(([name, query]) => {
    const text = number < 150_000 ? query.replace(FILTERS, "") : query;
    return `(select coalesce(json_agg(t::text order by t::text collate "C"), '[]') from (${text}) as t) as "${name}"`;
  });
  const asked = facts.join(",\n").replaceAll("$rel", `'${relation}'::regclass`);
  const [row] = await queryAsSuperuser(`set search_path = ''; select ${asked}`);
  return row as Readonly<Record<string, readonly unknown[]>>;
};

/** Columns that 15 brought. */
const FILTERS = ", r.prattrs::text, pg_get_expr(r.prqual, r.prrelid)";

const QUERIES = {
  relation: `select c.relkind, pg_get_userbyid(c.relowner), c.relpersistence, c.relreplident, c.relrowsecurity, c.relforcerowsecurity,
    c.reloptions::text, (select o.reloptions::text from pg_class o where o.oid = c.reltoastrelid),
    (select spcname from pg_tablespace s where s.oid = c.reltablespace), (select amname from pg_am m where m.oid = c.relam), obj_description(c.oid, 'pg_class')
    from pg_class c where c.oid = $rel`,
  acl: "select a::text from pg_class c, unnest(c.relacl) a where c.oid = $rel",
  columns: `select a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated, coalesce(a.attstattarget, -1), a.attstorage,
    a.attcompression, a.attoptions::text, a.attacl::text, pg_get_expr(d.adbin, d.adrelid), col_description(a.attrelid, a.attnum)
    from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum where a.attrelid = $rel and a.attnum > 0 and not a.attisdropped`,
  indexes: `select pg_get_indexdef(i.indexrelid), i.indisclustered, i.indisreplident, i.indisvalid, (select spcname from pg_tablespace s where s.oid = x.reltablespace),
    obj_description(x.oid, 'pg_class'), pg_get_userbyid(x.relowner),
    (select string_agg(a.attnum || ':' || a.attstattarget, ',') from pg_attribute a where a.attrelid = x.oid and coalesce(a.attstattarget, -1) <> -1)
    from pg_index i join pg_class x on x.oid = i.indexrelid where i.indrelid = $rel`,
  constraints: `select conname, contype, convalidated, pg_get_constraintdef(oid), obj_description(oid, 'pg_constraint') from pg_constraint where conrelid = $rel and contype <> 't'`,
  triggers:
    "select tgname, tgenabled, pg_get_triggerdef(oid), obj_description(oid, 'pg_trigger') from pg_trigger where tgrelid = $rel and not tgisinternal",
  policies: `select polname, polcmd, polpermissive, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid), obj_description(oid, 'pg_policy'),
    (select string_agg(case r when 0 then 'public' else pg_get_userbyid(r) end, ',') from unnest(polroles) r) from pg_policy where polrelid = $rel`,
  rules:
    "select rulename, ev_enabled, pg_get_ruledef(oid), obj_description(oid, 'pg_rewrite') from pg_rewrite where ev_class = $rel and rulename <> '_RETURN'",
  statistics: `select pg_get_statisticsobjdef(s.oid), coalesce(s.stxstattarget, -1), pg_get_userbyid(s.stxowner), obj_description(s.oid, 'pg_statistic_ext'),
    exists (select from pg_statistic_ext_data d where d.stxoid = s.oid) from pg_statistic_ext s where s.stxrelid = $rel`,
  sequences: `select n.nspname, s.relname, d.deptype, a.attname, pg_get_userbyid(s.relowner), s.relacl::text, format_type(q.seqtypid, null), q.seqstart, q.seqincrement, q.seqmin,
    q.seqmax, q.seqcache, q.seqcycle, pg_sequence_last_value(s.oid)
    from pg_depend d join pg_class s on s.oid = d.objid and s.relkind = 'S' join pg_sequence q on q.seqrelid = s.oid join pg_namespace n on n.oid = s.relnamespace
    join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
    where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.refobjid = $rel and d.deptype in ('a', 'i')`,
  publications: `select p.pubname${FILTERS} from pg_publication_rel r join pg_publication p on p.oid = r.prpubid where r.prrelid = $rel`,
  "publication schemas":
    "select p.pubname from pg_publication_namespace s join pg_publication p on p.oid = s.pnpubid join pg_class c on c.relnamespace = s.pnnspid where c.oid = $rel",
};
