/**
 * What hangs on the relations that publish replaces, from outside the run, as the server prints it under an empty
 * search_path: read before anything is moved, for afterwards the old names would be printed.
 */
import type { Session } from "../../../domain/contracts/database.ts";
import type { RelationName } from "../../../domain/names.ts";
import type { PublishedRelation, PublishPlan } from "../../../domain/publish-plan.ts";
import { joinSql, literal, type Sql, sql } from "../../../domain/sql.ts";

export type HangingColumn = { readonly name: string; readonly type: string; readonly collation: string | null };

export type HangingView = {
  readonly name: RelationName;
  readonly on: readonly RelationName[];
  readonly definition: string;
  /** `security_barrier=true` … */
  readonly options: readonly string[];
  readonly columns: readonly HangingColumn[];
};

export type HangingFunction = {
  readonly label: string;
  readonly on: readonly RelationName[];
  readonly definition: string;
};

export type HangingPolicy = {
  readonly table: RelationName;
  readonly on: readonly RelationName[];
  readonly name: string;
  readonly using: string | null;
  readonly check: string | null;
};

export type HangingRule = {
  readonly table: RelationName;
  readonly isOnTable: boolean;
  readonly on: readonly RelationName[];
  readonly name: string;
  readonly definition: string;
};

export type HangingKey = {
  readonly table: RelationName;
  readonly isPartitioned: boolean;
  readonly on: RelationName;
  readonly name: string;
  readonly definition: string;
  readonly isValidated: boolean;
  readonly isMatchFull: boolean;
  readonly columns: readonly string[];
  readonly toColumns: readonly string[];
  readonly comment: string | null;
  /** Of a partitioned table: the same key on each partition. */
  readonly parts: readonly { readonly table: RelationName; readonly name: string }[];
};

export type HangingMatview = {
  readonly oid: string;
  readonly name: RelationName;
  readonly on: readonly RelationName[];
  /**
   * Reads besides what shows its new rows only within publish (a re-pointed view, a table that takes new rows, another
   * that is late): how many relations lie between; null: it does not, and is filled before.
   */
  readonly late: number | null;
};

export type HangingFacts = {
  readonly views: readonly HangingView[];
  readonly functions: readonly HangingFunction[];
  readonly policies: readonly HangingPolicy[];
  readonly rules: readonly HangingRule[];
  readonly keys: readonly HangingKey[];
  /** Made of a replaced relation, or of another of these, in the order in which they can be built. */
  readonly matviews: readonly HangingMatview[];
  /** Materialized views above what is merely re-pointed: they go on showing what they showed. */
  readonly stale: readonly RelationName[];
};

/** Views may read each other in a circle, and nobody can query them. */
const DEEPEST = 1000;

export const NOTHING_HANGS: HangingFacts = {
  views: [],
  functions: [],
  policies: [],
  rules: [],
  keys: [],
  matviews: [],
  stale: [],
};

/** Within a transaction whose search_path is empty. */
export const readHanging = async (session: Session, publish: PublishPlan): Promise<HangingFacts> => {
  const replaced = replacedIn(publish.relations);
  if (replaced.length === 0) return NOTHING_HANGS;
  const results = await session.step(hangingFacts(replaced, publish));
  return JSON.parse(results[0]?.rows[0]?.["facts"] ?? "null") as HangingFacts;
};

/** What leaves live in this publish. */
export const replacedIn = (relations: readonly PublishedRelation[]): readonly RelationName[] =>
  relations.flatMap((r) => (r.oldKind === undefined ? [] : [r.name]));

const hangingFacts = (replaced: readonly RelationName[], { scaffolding, deltas, elsewhere }: PublishPlan): Sql => {
  const growing =
    deltas.length === 0
      ? sql``
      : sql`
  union
  select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace where (n.nspname, c.relname) in (values ${pairs(deltas.map((d) => d.name))})`;
  const outside = (alias: Sql): Sql =>
    sql`not exists (select from pg_namespace xn where xn.oid = ${alias}.relnamespace and (xn.nspname in (${joinSql(scaffolding.map(literal), sql`, `)}) or (xn.nspname, ${alias}.relname) in (values ${pairs([...replaced, ...elsewhere])})))`;
  return sql`
with recursive gone as (
  select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where (n.nspname, c.relname) in (values ${pairs(replaced)})
  union
  select w.ev_class from gone g ${heldBy(sql`g.oid`)} ${rewriting} join pg_class v on v.oid = w.ev_class and v.relkind = 'm' where ${outside(sql`v`)}
),
held as (select distinct g.oid as base, d.classid, d.objid from gone g ${heldBy(sql`g.oid`)}),
first as (
  select distinct w.ev_class as oid from held d ${rewriting} join pg_class v on v.oid = w.ev_class and v.relkind = 'v'
  where w.rulename = '_RETURN' and ${outside(sql`v`)} and w.ev_class not in (select oid from gone)
),
above as (
  select oid from first
  union
  select w.ev_class from above a join pg_depend d on d.refclassid = 'pg_class'::regclass and d.refobjid = a.oid and d.classid = 'pg_rewrite'::regclass ${rewriting}
  where w.ev_class not in (select oid from gone)
),
late as (
  select oid from first${growing}
),
touched as (
  select oid, 0 as depth from late
  union
  select w.ev_class, a.depth + 1 from touched a join pg_depend d on d.refclassid = 'pg_class'::regclass and d.refobjid = a.oid and d.classid = 'pg_rewrite'::regclass ${rewriting}
  join pg_class v on v.oid = w.ev_class
  where w.rulename = '_RETURN' and a.depth < ${literal(DEEPEST)} and ${outside(sql`v`)}
    and v.relkind = case when v.oid in (select oid from gone) then 'm' else 'v' end::"char"
)
select json_build_object(
'views', (select coalesce(json_agg(json_build_object('name', ${nameJson(sql`v`)}, 'on', ${onJson(sql`'pg_rewrite'::regclass`, sql`w.oid`)}, 'definition', pg_get_viewdef(v.oid),
    'options', coalesce(to_json(v.reloptions), '[]'), 'columns', ${columnsJson(sql`v.oid`)}) order by v.oid), '[]')
  from first f join pg_class v on v.oid = f.oid join pg_rewrite w on w.ev_class = v.oid and w.rulename = '_RETURN'),
'functions', (select coalesce(json_agg(json_build_object('label', p.oid::regprocedure, 'on', ${onJson(sql`'pg_proc'::regclass`, sql`p.oid`)}, 'definition', pg_get_functiondef(p.oid)) order by p.oid), '[]')
  from pg_proc p where p.oid in (select objid from held where classid = 'pg_proc'::regclass)),
'policies', (select coalesce(json_agg(json_build_object('table', ${nameJson(sql`t`)}, 'on', ${onJson(sql`'pg_policy'::regclass`, sql`p.oid`)}, 'name', p.polname,
    'using', pg_get_expr(p.polqual, p.polrelid), 'check', pg_get_expr(p.polwithcheck, p.polrelid)) order by p.oid), '[]')
  from pg_policy p join pg_class t on t.oid = p.polrelid where p.oid in (select objid from held where classid = 'pg_policy'::regclass) and ${outside(sql`t`)}),
'rules', (select coalesce(json_agg(json_build_object('table', ${nameJson(sql`t`)}, 'isOnTable', t.relkind in ('r', 'p'), 'on', ${onJson(sql`'pg_rewrite'::regclass`, sql`w.oid`)},
    'name', w.rulename, 'definition', pg_get_ruledef(w.oid)) order by w.oid), '[]')
  from pg_rewrite w join pg_class t on t.oid = w.ev_class where w.rulename <> '_RETURN' and w.oid in (select objid from held where classid = 'pg_rewrite'::regclass) and ${outside(sql`t`)}),
'keys', (select coalesce(json_agg(json_build_object('table', ${nameJson(sql`t`)}, 'isPartitioned', t.relkind = 'p', 'on', (select ${nameJson(sql`o`)} from pg_class o where o.oid = k.confrelid),
    'name', k.conname, 'definition', pg_get_constraintdef(k.oid), 'isValidated', k.convalidated, 'isMatchFull', k.confmatchtype = 'f',
    'columns', ${keyColumns(sql`k.conkey`, sql`k.conrelid`)}, 'toColumns', ${keyColumns(sql`k.confkey`, sql`k.confrelid`)}, 'comment', obj_description(k.oid, 'pg_constraint'), 'parts', ${partsJson}) order by k.oid), '[]')
  from pg_constraint k join pg_class t on t.oid = k.conrelid
  where k.contype = 'f' and k.conparentid = 0 and k.confrelid in (select oid from gone) and ${outside(sql`t`)}),
'matviews', (select coalesce(json_agg(json_build_object('oid', v.oid::text, 'name', ${nameJson(sql`v`)}, 'on', ${onJson(sql`'pg_rewrite'::regclass`, sql`w.oid`)},
    'late', (select max(depth) from touched x where x.oid = v.oid)) order by v.oid), '[]')
  from gone g join pg_class v on v.oid = g.oid join pg_rewrite w on w.ev_class = v.oid where v.relkind = 'm' and ${outside(sql`v`)}),
'stale', (select coalesce(json_agg(${nameJson(sql`v`)} order by v.oid), '[]') from above a join pg_class v on v.oid = a.oid where v.relkind = 'm' and ${outside(sql`v`)})
) as facts`;
};

/** Rows d of pg_depend: what needs a relation, its row type, or the array type of that. */
const heldBy = (relation: Sql): Sql => sql`
join pg_class gc on gc.oid = ${relation} left join pg_type gy on gy.oid = gc.reltype
cross join lateral (values ('pg_class'::regclass, gc.oid), ('pg_type'::regclass, gc.reltype), ('pg_type'::regclass, gy.typarray)) ga (classid, obj)
join pg_depend d on d.refclassid = ga.classid and d.refobjid = ga.obj`;

const rewriting = sql`join pg_rewrite w on d.classid = 'pg_rewrite'::regclass and w.oid = d.objid`;

const pairs = (names: readonly RelationName[]): Sql =>
  joinSql(
    names.map((name) => sql`(${literal(name.schema)}, ${literal(name.name)})`),
    sql`, `,
  );

const nameJson = (alias: Sql): Sql =>
  sql`json_build_object('schema', (select nspname from pg_namespace where oid = ${alias}.relnamespace), 'name', ${alias}.relname)`;

const onJson = (classid: Sql, objid: Sql): Sql =>
  sql`(select json_agg(${nameJson(sql`oc`)} order by oc.oid) from held h join pg_class oc on oc.oid = h.base where h.classid = ${classid} and h.objid = ${objid})`;

const columnsJson = (relation: Sql): Sql =>
  sql`(select json_agg(json_build_object('name', ca.attname, 'type', format_type(ca.atttypid, ca.atttypmod), 'collation', nullif(ca.attcollation, 0)::regcollation) order by ca.attnum) from pg_attribute ca where ca.attrelid = ${relation} and ca.attnum > 0 and not ca.attisdropped)`;

const keyColumns = (numbers: Sql, relation: Sql): Sql =>
  sql`(select json_agg(ka.attname order by ku.n) from unnest(${numbers}) with ordinality ku (attnum, n) join pg_attribute ka on ka.attrelid = ${relation} and ka.attnum = ku.attnum)`;

/** The key's own on each partition. */
const partsJson = sql`(with recursive part as (select oid, conrelid, conname from pg_constraint where conparentid = k.oid and conrelid <> k.conrelid
  union all select p.oid, p.conrelid, p.conname from part join pg_constraint p on p.conparentid = part.oid)
  select coalesce(json_agg(json_build_object('table', ${nameJson(sql`pc`)}, 'name', part.conname) order by pc.oid), '[]') from part join pg_class pc on pc.oid = part.conrelid)`;
