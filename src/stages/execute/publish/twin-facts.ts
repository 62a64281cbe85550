/** All that makes a materialized view what it is, so that another can take its place: read as the server prints it. */
import type { Session } from "../../../domain/contracts/database.ts";
import type { RelationName } from "../../../domain/names.ts";
import { joinSql, literal, type Sql, sql } from "../../../domain/sql.ts";
import { type Grant, grantJson } from "./carry/facts.ts";
import type { HangingMatview } from "./hanging-facts.ts";

export type MatviewFacts = {
  readonly oid: string;
  readonly definition: string;
  readonly isPopulated: boolean;
  readonly accessMethod: string;
  readonly tablespace: string | null;
  readonly options: readonly string[];
  readonly owner: string;
  /** Null: never granted, so the server's default stands. */
  readonly grants: readonly Grant[] | null;
  readonly columnGrants: readonly Grant[];
  readonly comment: string | null;
  readonly columns: readonly {
    readonly name: string;
    readonly comment: string | null;
    /** Null: the server's default. */
    readonly target: number | null;
    readonly storage: string;
    readonly options: readonly string[];
  }[];
  readonly indexes: readonly {
    readonly name: string;
    readonly definition: string;
    readonly tablespace: string | null;
    readonly isClustered: boolean;
    readonly comment: string | null;
  }[];
  readonly statistics: readonly {
    readonly name: RelationName;
    readonly definition: string;
    readonly owner: string;
    readonly target: number | null;
    readonly comment: string | null;
  }[];
};

/** Within a transaction whose search_path is empty; in the order of the views. */
export const readMatviews = async (
  session: Session,
  matviews: readonly HangingMatview[],
): Promise<readonly MatviewFacts[]> => {
  if (matviews.length === 0) return [];
  const results = await session.step(matviewFacts(matviews));
  const facts = JSON.parse(results[0]?.rows[0]?.["facts"] ?? "[]") as readonly MatviewFacts[];
  return matviews.flatMap((m) => facts.filter((f) => f.oid === m.oid));
};

const matviewFacts = (matviews: readonly HangingMatview[]): Sql => sql`
select coalesce(json_agg(json_build_object('oid', c.oid::text, 'definition', pg_get_viewdef(c.oid), 'isPopulated', c.relispopulated,
  'accessMethod', (select amname from pg_am where oid = c.relam), 'tablespace', (select spcname from pg_tablespace where oid = c.reltablespace),
  'options', to_json(coalesce(c.reloptions, '{}') || array(select 'toast.' || o from pg_class t, unnest(t.reloptions) o where t.oid = c.reltoastrelid)),
  'owner', pg_get_userbyid(c.relowner),
  'grants', case when c.relacl is not null then (select coalesce(json_agg(json_build_object(${grantJson}, 'column', null)), '[]') from aclexplode(c.relacl) x) end,
  'columnGrants', (select coalesce(json_agg(json_build_object(${grantJson}, 'column', a.attname)), '[]') from pg_attribute a cross join aclexplode(a.attacl) x where a.attrelid = c.oid and a.attnum > 0),
  'comment', obj_description(c.oid, 'pg_class'),
  'columns', (select coalesce(json_agg(json_build_object('name', a.attname, 'comment', col_description(c.oid, a.attnum), 'target', case when a.attstattarget >= 0 then a.attstattarget end,
      'storage', case a.attstorage when y.typstorage then 'default' when 'p' then 'plain' when 'e' then 'external' when 'm' then 'main' else 'extended' end, 'options', to_json(coalesce(a.attoptions, '{}'))) order by a.attnum), '[]')
    from pg_attribute a join pg_type y on y.oid = a.atttypid where a.attrelid = c.oid and a.attnum > 0),
  'indexes', (select coalesce(json_agg(json_build_object('name', i.relname, 'definition', pg_get_indexdef(i.oid), 'tablespace', (select spcname from pg_tablespace where oid = i.reltablespace),
      'isClustered', x.indisclustered, 'comment', obj_description(i.oid, 'pg_class')) order by i.oid), '[]')
    from pg_index x join pg_class i on i.oid = x.indexrelid where x.indrelid = c.oid),
  'statistics', (select coalesce(json_agg(json_build_object('name', json_build_object('schema', n.nspname, 'name', s.stxname), 'definition', pg_get_statisticsobjdef(s.oid),
      'owner', pg_get_userbyid(s.stxowner), 'target', case when s.stxstattarget >= 0 then s.stxstattarget end, 'comment', obj_description(s.oid, 'pg_statistic_ext')) order by s.oid), '[]')
    from pg_statistic_ext s join pg_namespace n on n.oid = s.stxnamespace where s.stxrelid = c.oid)
)), '[]') as facts
from pg_class c where c.oid in (${joinSql(
  matviews.map((m) => sql`${literal(m.oid)}::oid`),
  sql`, `,
)})`;
