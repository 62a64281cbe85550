/** A watched source in; one statement out that holds its rows against all photographs of it, and counts what differs where. */
import type { Known } from "../../../domain/availability.ts";
import { authored, ident, joinSql, literal, type Sql, sql } from "../../../domain/sql.ts";
import { drawOf, liveRows } from "./live-rows.ts";
import { photographsTable, rowsTable, ruleShape, shapeOf } from "./photographs.ts";
import { isDate, type Slot, type WatchedColumn, type WatchedRule, type WatchedSource } from "./watched-source.ts";

const EXAMPLES = 3;

export type ComparedWith = { readonly bookkeeping: string; readonly share: number; readonly isFirst: boolean };

/**
 * A version of a row stands for all photographs that it is in, so it is asked of the last of them: what was declared known
 * at an earlier one was at that one too. One row comes back: `counts`, `changes`, `gone`, `late` as JSON.
 */
export const compareSql = (source: WatchedSource, { bookkeeping, share, isFirst }: ComparedWith): Sql => {
  // Photographs of another table, or by another key, are as good as none.
  const id = isFirst ? sql`null` : literal(source.ruled.node.id);
  return sql`
with photos as materialized (
  select n, taken_at, share, columns, rules, present, lead(n) over (order by n) as next_n, coalesce(lead(taken_at) over (order by n), now()) as next_at
  from ${photographsTable(bookkeeping)} where source_id = ${id}
), live as materialized (
${liveRows(source, share)}
), versions as materialized (
  select key, cells, row_time, event_time, first, coalesce(last, (select max(n) from photos)) as n, last is null as is_open
  from ${rowsTable(bookkeeping)} where source_id = ${id}${share < 1 ? sql` and ${drawOf(sql`key`)} < ${literal(share)}` : sql``}
), pairs as (
  select v.key, v.cells as was, v.is_open, l.cells as now_is, p.*${slotsSql(source, "l")}
  from versions v join photos p using (n) join live l on l.key = v.key
)
select (${countsSql(source)})::text as counts,
  (${changesSql(source)})::text as changes,
  (${goneSql(source)})::text as gone,
  (${lateSql(source)})::text as late`;
};

const slotsSql = ({ slots }: WatchedSource, alias: string): Sql =>
  joinSql(
    slots.map(({ name }) => sql`, ${ident(alias)}.${ident(name)}`),
    sql``,
  );

/** How many rows of what was photographed last were declared known then: the rows themselves, then each column. */
const countsSql = (source: WatchedSource): Sql => {
  const known = [ROWS_KNOWN(source), ...source.columns.map((c) => valueKnown(source, c))];
  const counts = joinSql(
    known.map((k) => sql`count(*) filter (where ${k})`),
    sql`, `,
  );
  return sql`select array_to_json(array[${counts}, (select count(*) from live)]) from pairs where is_open`;
};

const changesSql = (source: WatchedSource): Sql => {
  const cells = source.columns.map((c) => {
    const was = sql`was->>${literal(c.name)}`;
    const isComparable = sql`columns->>${literal(c.name)} = ${literal(shapeOf(c))}`;
    return sql`(${literal(c.name)}, ${isComparable} and ${valueKnown(source, c)}, ${was}, now_is->>${literal(c.name)}, ${sinceSql(source, c.rule)}, ${sinceText(source, c.rule)})`;
  });
  if (cells.length === 0) return sql`select null::json`;
  const values = joinSql(cells, sql`,\n  `);
  return sql`select json_agg(c) from (
  select x.name, count(distinct key) as changed, count(distinct key) filter (where x.was is null) as filled, ${daysSql(sql`x.since`)},
    ${examplesSql(sql`key, ${atText(sql`taken_at`)} as at, x.since_text as since, x.was as was, x.now_is as is`)}
  from pairs, lateral (values ${values}) as x (name, is_known, was, now_is, since, since_text)
  where pairs.was <> pairs.now_is and x.is_known and x.was is distinct from x.now_is group by x.name) c`;
};

/** The newest version of what is no longer there, by the times that were kept with it. */
const goneSql = (source: WatchedSource): Sql => {
  const { rows, event } = source;
  const kept = (rule: WatchedRule, slot: Slot, name: string): Sql =>
    sql`case when rules->>${literal(name)} = ${literal(ruleShape(rule))} then ${keptTime(slot, name)} end`;
  const asked: readonly [Sql, Known["when"], Slot] | undefined =
    rows.kind !== "always"
      ? [kept(rows, rows.slot, "row_time"), rows.when, rows.slot]
      : event === undefined
        ? undefined
        : [kept({ kind: "event", when: "at", slot: event }, event, "event_time"), "at", event];
  const condition = asked === undefined ? sql`true` : isPast(...asked);
  const since = asked === undefined ? NO_TIME : instantSql(asked[0], asked[2]);
  const text = asked === undefined ? sql`null::text` : sql`${asked[0]}::text`;
  return sql`select json_build_object('changed', count(*), 'days', null, 'examples', (array_agg(e order by e.at desc, e.key))[1:${literal(EXAMPLES)}], 'still_old', max(e.still_old), 'new', max(e.new))
  from (select key, ${atText(sql`taken_at`)} as at, ${text} as since, ${dayDiff(sql`taken_at`, since)} as still_old, ${dayDiff(sql`next_at`, since)} as new
    from (select distinct on (v.key) v.*, p.* from versions v join photos p using (n) left join live l on l.key = v.key where l.key is null order by v.key, v.n desc) g
    where ${condition}) e`;
};

const keptTime = ({ type }: Slot, name: string): Sql => sql`${ident(name)}::${authored(type, undefined)}`;

/** Rows that a photograph before their first one lacks, although they were declared known at it. */
const lateSql = (source: WatchedSource): Sql => {
  const { rows, event } = source;
  // Lists of what is to come grow: a new row of such a one is late once its event is past.
  const slot = rows.kind === "always" ? event : rows.slot;
  const when = rows.kind === "always" ? "after" : rows.when;
  const condition = slot === undefined ? sql`true` : isPast(ident(slot.name), when, slot);
  const since = slot === undefined ? NO_TIME : instantSql(ident(slot.name), slot);
  const text = slot === undefined ? sql`null::text` : sql`${ident(slot.name)}::text`;
  const announced = rows.kind === "always" ? sql`count(*) filter (where not e.is_late)` : sql`0`;
  return sql`select json_build_object('changed', count(*) filter (where e.is_late), 'announced', ${announced}, 'examples', (array_agg(e order by e.at desc, e.key) filter (where e.is_late))[1:${literal(EXAMPLES)}], 'still_old', max(e.still_old) filter (where e.is_late), 'new', max(e.new) filter (where e.is_late))
  from (select key, coalesce(${condition}, false) as is_late, ${atText(sql`taken_at`)} as at, ${text} as since, ${dayDiff(sql`taken_at`, since)} as still_old, ${dayDiff(sql`next_at`, since)} as new
    from (select l.*, p.* from live l left join (select key, min(first) as first from versions group by key) f using (key)
      join photos p on coalesce(p.next_n, -1) = coalesce(f.first, -1) and l.draw < p.share) l) e`;
};

const NO_TIME = sql`null::timestamptz`;

const ROWS_KNOWN = ({ rows }: WatchedSource): Sql => ruleKnown(rows);

const valueKnown = (source: WatchedSource, { rule }: WatchedColumn): Sql =>
  sql`(${ruleKnown(source.rows)} and ${ruleKnown(rule)})`;

const ruleKnown = (rule: WatchedRule): Sql =>
  rule.kind === "always" ? sql`true` : sql`coalesce(${isPast(ident(rule.slot.name), rule.when, rule.slot)}, false)`;

/** Whether a time had come when the photograph in scope was taken. NULL where the time is, or nothing can be said of it. */
const isPast = (time: Sql, when: Known["when"], slot: Slot): Sql =>
  sql`${time} ${when === "at" ? sql`<=` : sql`<`} ${presentSql(slot)}`;

/**
 * A date is over when it is over everywhere on Earth, so that no local date is held to be past before it is. Where time is
 * counted by something else, as seasons are, its present was read from the values there were.
 */
const presentSql = ({ type, text }: Slot): Sql => {
  switch (type) {
    case "date":
      return sql`(taken_at at time zone interval '-12 hours')::date`;
    case "timestamp without time zone":
      return sql`(taken_at at time zone 'UTC')`;
    case "timestamp with time zone":
      return sql`taken_at`;
    default:
      return sql`(present->>${literal(text)})::${authored(type, undefined)}`;
  }
};

/** A date is the start of its day in UTC. */
const instantSql = (time: Sql, slot: Slot): Sql => {
  if (!isDate(slot)) return NO_TIME;
  return slot.type === "timestamp with time zone" ? time : sql`(${time})::timestamp at time zone 'UTC'`;
};

/** Of what is known as soon as its row is, counted from its event. */
const sinceSql = ({ event }: WatchedSource, rule: WatchedRule): Sql => {
  const slot = rule.kind === "always" ? event : rule.slot;
  return slot === undefined ? NO_TIME : sql`(${instantSql(ident(slot.name), slot)})`;
};

const sinceText = (_source: WatchedSource, rule: WatchedRule): Sql =>
  rule.kind === "always" ? sql`null::text` : sql`${ident(rule.slot.name)}::text`;

const dayDiff = (at: Sql, since: Sql): Sql => sql`extract(epoch from ${at} - ${since})::float8 / 86400`;

const daysSql = (since: Sql): Sql =>
  sql`max(${dayDiff(sql`taken_at`, since)}) as still_old, max(${dayDiff(sql`next_at`, since)}) as new`;

const examplesSql = (fields: Sql): Sql =>
  sql`(array_agg((select row_to_json(e) from (select ${fields}) e) order by taken_at desc, key))[1:${literal(EXAMPLES)}] as examples`;

const atText = (time: Sql): Sql => sql`to_char(${time} at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS')`;
