/** Entity rows and timed views in, the query of their features as of each row's time out. One definition for training and serving. */
import type { TimedView } from "../../domain/features.ts";
import { authored, ident, joinSql, literal, relation, type Sql, sql } from "../../domain/sql.ts";

export type EntityRows = {
  /** A relation or a subquery with the columns below. */
  readonly from: Sql;
  /** Those that come first in the answer. */
  readonly shown: readonly string[];
  /** What the rows are to be ordered by, or nothing. */
  readonly orderBy: string | undefined;
};

/** A PostgreSQL interval, as it was said. */
export type MaxAge = string | undefined;

export const asOfQuery = (entities: EntityRows, views: readonly TimedView[], maxAge: MaxAge): Sql => {
  const shown = entities.shown.map((name) => sql`e.${ident(name)}`);
  const features = views.flatMap(({ view }, i) =>
    view.columns.map((column, j) => sql`${viewAlias(i)}.${ident(`f${j}`)} as ${ident(column.as)}`),
  );
  const joins = views.map((timed, i) =>
    timed.view.isIndexed || entities.orderBy === undefined
      ? byRow(timed, i, maxAge)
      : bySort(entities, timed, i, maxAge),
  );
  const order = entities.orderBy === undefined ? sql`` : sql`\norder by e.${ident(entities.orderBy)}`;
  return sql`select ${joinSql([...shown, ...features], sql`, `)}
from ${entities.from} as e${joinSql(joins, sql``)}${order}`;
};

const viewAlias = (i: number): Sql => ident(`v${i}`);

/** For each entity row the latest row by the index. */
const byRow = (timed: TimedView, i: number, maxAge: MaxAge): Sql => {
  const { view } = timed;
  const keys = view.entity.map(({ name }) => sql`g.${ident(name)} = ${entityKey(view, name)}`);
  const times = comparedTimes(timed);
  const before = sql`${rowOf(times.map(({ own }) => sql`g.${own}`))} ${comparison(timed)} ${rowOf(times.map(({ entity }) => entity))}`;
  const latest = joinSql(
    view.eventTime.map(({ name }) => sql`g.${ident(name)} desc`),
    sql`, `,
  );
  return sql`
left join lateral (
  select ${features(timed, sql`g`)}
  from ${relation(view.relation)} as g
  where ${joinSql([...keys, before, ...young(timed, maxAge, sql`g`)], sql` and `)}
  order by ${latest}
  limit 1
) as ${viewAlias(i)} on true`;
};

/** Rows of the view and of the entities in one order of key and time: the last of the view before each of the entities. */
const bySort = (entities: EntityRows, timed: TimedView, i: number, maxAge: MaxAge): Sql => {
  const { view } = timed;
  const times = comparedTimes(timed);
  const keys = joinSql(
    view.entity.map((_, k) => ident(`k${k}`)),
    sql`, `,
  );
  const at = joinSql(
    times.map((_, t) => ident(`t${t}`)),
    sql`, `,
  );
  const ownKeys = view.entity.map(({ name }, k) => sql`g.${ident(name)} as ${ident(`k${k}`)}`);
  const ownTimes = times.map(({ own }, t) => sql`g.${own} as ${ident(`t${t}`)}`);
  const theirKeys = view.entity.map(({ name }) => entityKey(view, name));
  // Of equal times the one that sorts first is not seen, or is seen, by the other.
  const [ownSide, theirSide] = seesItsOwnTime(timed) ? [sql`0`, sql`1`] : [sql`1`, sql`0`];
  const order = joinSql(
    [...view.entity, ...view.eventTime].map(({ name }) => sql`g.${ident(name)}`),
    sql`, `,
  );
  const numbered = ident(`n${i}`);
  const id = ident(entities.orderBy ?? "");
  return sql`
left join (
  with ${numbered} as materialized (
    select row_number() over (order by ${order}) as no, ${joinSql([...ownKeys, ...ownTimes], sql`, `)}, ${features(timed, sql`g`)}
    from ${relation(view.relation)} as g
    where ${ident(view.eventTime[0]?.name ?? "")} is not null
  ),
  merged as (
    select ${keys}, ${at}, ${ownSide} as side, no, null::bigint as line from ${numbered}
    union all
    select ${joinSql([...theirKeys, ...times.map(({ entity }) => entity)], sql`, `)}, ${theirSide}, null, e.${id} from ${entities.from} as e
  ),
  latest as (
    select line, max(no) over (partition by ${keys} order by ${at}, side rows unbounded preceding) as no, ${ident("t0")} as at from merged
  )
  select latest.line, ${numbered}.*
  from latest join ${numbered} using (no)
  where latest.line is not null${maxAge === undefined ? sql`` : sql` and ${numbered}.t0 >= latest.at - ${literal(maxAge)}::interval`}
) as ${viewAlias(i)} on ${viewAlias(i)}.line = e.${id}`;
};

const features = ({ view }: TimedView, alias: Sql): Sql =>
  view.columns.length === 0
    ? sql`1 as nothing`
    : joinSql(
        view.columns.map((column, j) => sql`${alias}.${ident(column.name)} as ${ident(`f${j}`)}`),
        sql`, `,
      );

const entityKey = ({ entity }: TimedView["view"], name: string): Sql =>
  sql`e.${ident(name)}::${typeOf(entity.find((column) => column.name === name)?.type)}`;

/** The catalog's own spelling of a type. */
const typeOf = (type: string | undefined): Sql => authored(type ?? "text", undefined);

/** As many as both sides have: an order within the day that one side does not know decides nothing. */
const comparedTimes = ({ view, times }: TimedView): readonly { readonly own: Sql; readonly entity: Sql }[] =>
  view.eventTime.slice(0, times.length).map(({ name, type }, t) => ({
    own: ident(name),
    entity: sql`e.${ident(times[t] ?? "")}::${typeOf(type)}`,
  }));

const rowOf = (values: readonly Sql[]): Sql => sql`(${joinSql(values, sql`, `)})`;

/** A row that holds what was known before its time may be used at that time, unless its place within the day is not compared. */
const seesItsOwnTime = ({ view, times }: TimedView): boolean =>
  view.known === "before" && times.length >= view.eventTime.length;

const comparison = (timed: TimedView): Sql => (seesItsOwnTime(timed) ? sql`<=` : sql`<`);

const young = (timed: TimedView, maxAge: MaxAge, alias: Sql): readonly Sql[] => {
  const [first] = comparedTimes(timed);
  if (maxAge === undefined || first === undefined) return [];
  return [sql`${alias}.${first.own} >= ${first.entity} - ${literal(maxAge)}::interval`];
};
