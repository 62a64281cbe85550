/**
 * Overlays are scaffolding: before publish ends nothing stands on them. What was built over one is made again over live,
 * children dropped before parents; then the overlays go, and DROP itself says so if anything still depended on them.
 */
import type { Session } from "../../../domain/contracts/database.ts";
import type { PublishPlan, ReboundRelation } from "../../../domain/plan.ts";
import { ident, literal, relation, type Sql, sql } from "../../../domain/sql.ts";
import { oidOf } from "../delta/columns.ts";
import { kindSql } from "../drop-relations.ts";

export type Scaffolding = {
  /** Before the new rows are applied: an overlay would hold on to the columns of live. */
  readonly down: readonly Sql[];
  /** When they are there. */
  readonly again: readonly Sql[];
};

export const readScaffolding = async (session: Session, { rebound, deltas }: PublishPlan): Promise<Scaffolding> => {
  const comments: Sql[] = [];
  for (const one of rebound) comments.push(...(await commentsOf(session, one)));
  return {
    down: [
      ...[...rebound].reverse().map(({ kind, workspace }) => sql`drop ${kindSql(kind)} ${relation(workspace)}`),
      ...deltas.map(({ step }) => sql`drop view ${relation(step.overlay)}`),
    ],
    again: [
      ...rebound.flatMap((r) => r.statements),
      // The statistics of a materialized view went with it.
      ...rebound.filter((r) => r.kind !== "view").map((r) => sql`analyze ${relation(r.workspace)}`),
      ...comments,
      ...deltas.map(({ step }) => sql`drop table ${relation(step.delta)}`),
    ],
  };
};

/** Descriptions that the build wrote. */
const commentsOf = async (session: Session, { kind, workspace }: ReboundRelation): Promise<readonly Sql[]> => {
  const answers = await session.step(sql`
select a.attname as column, d.description as text from pg_description d left join pg_attribute a on a.attrelid = d.objoid and a.attnum = d.objsubid and d.objsubid > 0
where d.classoid = 'pg_class'::regclass and d.objoid = ${oidOf(workspace)} order by d.objsubid`);
  return (answers.at(-1)?.rows ?? []).map(({ column, text }) => {
    const what =
      column === null || column === undefined
        ? sql`${kindSql(kind)} ${relation(workspace)}`
        : sql`column ${relation(workspace)}.${ident(column)}`;
    return sql`comment on ${what} is ${literal(text ?? null)}`;
  });
};
