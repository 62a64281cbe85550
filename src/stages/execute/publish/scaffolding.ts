/**
 * Overlays are scaffolding: before publish ends nothing stands on them. A view that was built over one is emptied of its
 * query and given it again over live, so that its grants and what stands on it stay; a materialized view is made again,
 * with what its hooks gave it. Then the overlays go, and DROP itself says so if anything still depended on them.
 */
import type { Row, Session } from "../../../domain/contracts/database.ts";
import type { RelationName } from "../../../domain/names.ts";
import type { PublishPlan, ReboundRelation } from "../../../domain/publish-plan.ts";
import { authored, ident, joinSql, literal, relation, type Sql, sql } from "../../../domain/sql.ts";
import { oidOf } from "../delta/columns.ts";
import { kindSql } from "../drop-relations.ts";
import { type Grant, grantJson } from "./carry/facts.ts";
import { grantSql } from "./carry/grants.ts";
import { printed } from "./repoint.ts";

export type Scaffolding = {
  /** Before the new rows are applied: an overlay would hold on to the columns of live. */
  readonly down: readonly Sql[];
  /** When they are there. */
  readonly again: readonly Sql[];
};

export const readScaffolding = async (session: Session, { rebound, deltas }: PublishPlan): Promise<Scaffolding> => {
  const down: Sql[] = [];
  const again: Sql[] = [];
  for (const one of rebound) {
    const steps = (one.kind === "view" ? await emptied(session, one) : undefined) ?? (await madeAgain(session, one));
    // Children first on the way down, parents first on the way up.
    down.unshift(steps.down);
    again.push(...steps.again);
  }
  for (const { step } of deltas) down.push(sql`drop view ${relation(step.overlay)}`);
  return { down, again };
};

type Steps = { readonly down: Sql; readonly again: readonly Sql[] };

/** Undefined: it shows rows as a whole, whose type goes with the overlay. */
const emptied = async (session: Session, { workspace, statements }: ReboundRelation): Promise<Steps | undefined> => {
  const name = relation(workspace);
  const columns = await rowsOf(
    session,
    sql`
select a.attname as name, format_type(a.atttypid, a.atttypmod) as type, nullif(a.attcollation, 0)::regcollation as collation,
  'c' in (y.typtype, coalesce(e.typtype, 'b')) as is_row
from pg_attribute a join pg_type y on y.oid = a.atttypid left join pg_type e on e.oid = y.typelem where a.attrelid = ${oidOf(workspace)} and a.attnum > 0 order by a.attnum`,
  );
  if (columns.some((c) => c["is_row"] === "t")) return undefined;
  const nothing = columns.map(({ name: column, type, collation }) => {
    const collate =
      collation === null || collation === undefined ? sql`` : sql` collate ${authored(collation, undefined)}`;
    return sql`null::${authored(type ?? "", undefined)}${collate} as ${ident(column ?? "")}`;
  });
  return {
    down: sql`create or replace view ${name} as select ${joinSql(nothing, sql`, `)}`,
    again: statements,
  };
};

/** Indexes as they stand, for hooks may have made some beside the declared ones; then grants and descriptions. */
const madeAgain = async (session: Session, { kind, workspace, statements }: ReboundRelation): Promise<Steps> => {
  const name = relation(workspace);
  const indexes = await rowsOf(
    session,
    sql`select pg_get_indexdef(x.indexrelid) as definition from pg_index x where x.indrelid = ${oidOf(workspace)} order by x.indexrelid`,
  );
  const comments = await rowsOf(
    session,
    sql`
select a.attname as column, d.description as text from pg_description d left join pg_attribute a on a.attrelid = d.objoid and a.attnum = d.objsubid and d.objsubid > 0
where d.classoid = 'pg_class'::regclass and d.objoid = ${oidOf(workspace)} order by d.objsubid`,
  );
  return {
    down: sql`drop ${kindSql(kind)} ${name}`,
    again: [
      ...statements,
      ...indexes.map(({ definition }) => printed(definition ?? "")),
      ...comments.map(({ column, text }) => {
        const what =
          column === null || column === undefined
            ? sql`${kindSql(kind)} ${name}`
            : sql`column ${name}.${ident(column)}`;
        return sql`comment on ${what} is ${literal(text ?? null)}`;
      }),
      ...(await grantedOn(session, workspace)).map((grant) => grantSql(workspace, grant)),
      // The statistics went with it.
      ...(kind === "view" ? [] : [sql`analyze ${name}`]),
    ],
  };
};

const rowsOf = async (session: Session, query: Sql): Promise<readonly Row[]> =>
  (await session.step(query)).at(-1)?.rows ?? [];

export const grantedOn = async (session: Session, name: RelationName): Promise<readonly Grant[]> => {
  const rows = await rowsOf(
    session,
    sql`select json_build_object(${grantJson}, 'column', null) as granted from pg_class c cross join aclexplode(c.relacl) x where c.oid = ${oidOf(name)} and x.grantee <> c.relowner`,
  );
  return rows.map(({ granted }) => JSON.parse(granted ?? "{}") as Grant);
};
