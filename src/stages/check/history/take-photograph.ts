/** Keeps a source's rows as they are now: of each row a new version where it differs from the one that stands, and no more. */
import type { Session } from "../../../domain/contracts/database.ts";
import { relationKey } from "../../../domain/names.ts";
import { ident, joinSql, literal, type Sql, sql } from "../../../domain/sql.ts";
import { drawOf, liveRows } from "./live-rows.ts";
import { keyShape, photographsTable, rowsTable, ruleShape, shapeOf } from "./photographs.ts";
import { PLAIN_TEXTS } from "./plain-texts.ts";
import { isDate, type WatchedSource } from "./watched-source.ts";

export type PhotographRequest = {
  readonly bookkeeping: string;
  readonly runId: string;
  /** Of the rows, by their keys: 0…1. */
  readonly share: number;
  /** How many photographs of a source are kept, this one included. */
  readonly keep: number;
  /** Those that stand say nothing of the source as it is now. */
  readonly beginsAnew: boolean;
};

export const takePhotograph = async (
  session: Session,
  source: WatchedSource,
  request: PhotographRequest,
): Promise<void> => {
  await session.run(
    joinSql(
      [
        sql`begin isolation level repeatable read; ${PLAIN_TEXTS}`,
        ...forgetSql(source, request),
        photographSql(source, request),
        ...pruneSql(source, request),
        sql`commit`,
      ],
      sql`;\n`,
    ),
  );
};

/** What may not be kept any longer, or was kept of rows that are no longer looked at. */
const forgetSql = (source: WatchedSource, { bookkeeping, share, beginsAnew }: PhotographRequest): readonly Sql[] => {
  const rows = rowsTable(bookkeeping);
  const mine = sql`source_id = ${literal(source.ruled.node.id)}`;
  if (beginsAnew)
    return [sql`delete from ${rows} where ${mine}`, sql`delete from ${photographsTable(bookkeeping)} where ${mine}`];
  const personal = source.columns.filter((c) => c.isPersonal);
  const names = joinSql(
    personal.map((c) => literal(c.name)),
    sql`, `,
  );
  const plain = personal.map((c) => sql`cells->>${literal(c.name)} !~ '^#[0-9a-f]{32}$'`);
  return [
    ...(share < 1 ? [sql`delete from ${rows} where ${mine} and ${drawOf(sql`key`)} >= ${literal(share)}`] : []),
    ...(personal.length === 0
      ? []
      : [sql`update ${rows} set cells = cells - array[${names}] where ${mine} and (${joinSql(plain, sql` or `)})`]),
  ];
};

const photographSql = (source: WatchedSource, request: PhotographRequest): Sql => {
  const { bookkeeping, runId, share } = request;
  const { ruled, rows, event } = source;
  const id = literal(ruled.node.id);
  const table = rowsTable(bookkeeping);
  const rowTime = rows.kind === "always" ? sql`null::text` : sql`l.${ident(rows.slot.name)}::text`;
  const eventTime = event === undefined ? sql`null::text` : sql`l.${ident(event.name)}::text`;
  const shapes = JSON.stringify(Object.fromEntries(source.columns.map((c) => [c.name, shapeOf(c)])));
  const rules = JSON.stringify({
    row_time: ruleShape(rows),
    event_time: event === undefined ? "always" : ruleShape({ kind: "event", when: "at", slot: event }),
  });
  const facts = joinSql(
    [
      sql`${id}, number.n, ${literal(runId)}::uuid, now(), count(*), ${literal(share)}, ${literal(relationKey(ruled.node.relation))}`,
      sql`${literal(JSON.stringify(keyShape(source)))}::jsonb, ${literal(shapes)}::jsonb, ${literal(rules)}::jsonb, ${presentSql(source)}`,
    ],
    sql`, `,
  );
  return sql`
with number as materialized (
  select coalesce(max(n), 0) + 1 as n from ${photographsTable(bookkeeping)} where source_id = ${id}
), live as materialized (
${liveRows(source, share)}
), standing as materialized (
  select ctid as place, key, cells from ${table} where source_id = ${id} and last is null
), closed as (
  update ${table} v set last = number.n - 1 from number, standing s left join live l on l.key = s.key
  where v.ctid = s.place and (l.key is null or l.cells <> s.cells)
), added as (
  insert into ${table} (source_id, key, cells, row_time, event_time, first)
  select ${id}, l.key, l.cells, ${rowTime}, ${eventTime}, number.n from number, live l left join standing s on s.key = l.key
  where s.key is null or s.cells <> l.cells
)
insert into ${photographsTable(bookkeeping)} (source_id, n, run_id, taken_at, rows, share, relation, key, columns, rules, present)
select ${facts} from number left join live on true group by number.n`;
};

/**
 * Where time is no date, its present is the latest at which every part that goes by it has a value: the last season with a
 * score, not the last with a fixture.
 */
const presentSql = ({ slots, rows, columns }: WatchedSource): Sql => {
  const pairs = slots
    .filter((slot) => !isDate(slot))
    .map((slot) => {
      const time = sql`live.${ident(slot.name)}`;
      const those = columns.filter(({ rule }) => rule.kind === "timed" && rule.slot === slot);
      const latest = [
        ...(rows.kind === "timed" && rows.slot === slot ? [sql`max(${time})`] : []),
        ...those.map((c) => sql`max(${time}) filter (where live.cells ? ${literal(c.name)})`),
      ];
      const all = latest.length === 0 ? sql`max(${time})` : sql`least(${joinSql(latest, sql`, `)})`;
      return sql`${literal(slot.text)}, ${all}::text`;
    });
  return pairs.length === 0 ? sql`'{}'::jsonb` : sql`jsonb_build_object(${joinSql(pairs, sql`, `)})`;
};

const pruneSql = ({ ruled }: WatchedSource, { bookkeeping, keep }: PhotographRequest): readonly Sql[] => {
  const photographs = photographsTable(bookkeeping);
  const mine = sql`source_id = ${literal(ruled.node.id)}`;
  return [
    sql`delete from ${photographs} where ${mine} and n <= (select max(n) from ${photographs} where ${mine}) - ${literal(keep)}`,
    sql`delete from ${rowsTable(bookkeeping)} where ${mine} and last < (select min(n) from ${photographs} where ${mine})`,
  ];
};
