/** All that must be exactly the old or exactly the new, as text: rows, definitions, owners, rights, comments. */
import type { Asks } from "./checks.ts";

/** By `schema.relation`, or `schema.function()`. */
export type LiveState = Readonly<Record<string, string>>;

const LIVE_SCHEMAS = ["shop", "reports", "outside", "beyond", "raw"];
const SCHEMAS = LIVE_SCHEMAS.map((s) => `'${s}'`).join(", ");

export const liveState = async (ask: Asks): Promise<LiveState> => {
  const relations = await ask(FACTS);
  const sums = await ask(
    relations.length === 0
      ? "select"
      : relations
          .map(({ place }) => `select '${place}' as place, ${SUM} as sum from ${String(place)} t`)
          .join(" union all "),
  );
  const sumOf = new Map(sums.map(({ place, sum }) => [place, sum]));
  return Object.fromEntries(relations.map(({ place, facts }) => [String(place), `${sumOf.get(place)} ${facts}`]));
};

/** The relations in which two states differ. */
export const differences = (state: LiveState, known: LiveState): readonly string[] =>
  [...new Set([...Object.keys(state), ...Object.keys(known)])].sort().filter((place) => state[place] !== known[place]);

const SUM = "count(*) || ' ' || coalesce(md5(string_agg(t::text, e'\\n' order by t::text)), '')";

/** But the scaffolding of a publish: keys of tables outside that refer to what is not yet live as well. */
const FACTS = `
select n.nspname || '.' || c.relname as place, json_build_array(
  c.relkind, pg_get_userbyid(c.relowner), c.relacl, c.relrowsecurity, c.reloptions, obj_description(c.oid, 'pg_class'),
  case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) end,
  (select json_agg(json_build_array(a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attacl, col_description(c.oid, a.attnum)) order by a.attnum)
     from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped),
  (select json_agg(json_build_array(k.conname, k.convalidated, pg_get_constraintdef(k.oid)) order by k.conname) from pg_constraint k where k.conrelid = c.oid and not (k.contype = 'f' and pg_get_constraintdef(k.oid) like '%\\_\\_next.%')),
  (select json_agg(pg_get_indexdef(i.indexrelid) order by 1) from (select indexrelid from pg_index where indrelid = c.oid order by indexrelid::regclass::text) i),
  (select json_agg(pg_get_triggerdef(g.oid) order by g.tgname) from pg_trigger g where g.tgrelid = c.oid and not g.tgisinternal),
  c.relreplident, (select json_agg(pg_get_statisticsobjdef(s.oid) order by 1) from pg_statistic_ext s where s.stxrelid = c.oid),
  (select json_agg(pg_get_ruledef(r.oid) order by r.rulename) from pg_rewrite r where r.ev_class = c.oid and r.rulename <> '_RETURN'),
  (select json_agg(i.inhparent::regclass::text order by 1) from pg_inherits i where i.inhrelid = c.oid),
  (select json_agg(json_build_array(p.polname, p.polcmd, pg_get_expr(p.polqual, p.polrelid)) order by p.polname) from pg_policy p where p.polrelid = c.oid)
)::text as facts
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname in (${SCHEMAS}) and c.relkind in ('r', 'v', 'm', 'p', 'f')
union all
select n.nspname || '.' || p.proname || '()', pg_get_functiondef(p.oid)
from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname in (${SCHEMAS}) and p.prosqlbody is not null
order by 1`;
