/** A source in; the same out, with what a row cannot be without being of another time: columns that go with time, and being announced. */
import type { Session } from "../../../domain/contracts/database.ts";
import { ident, joinSql, sql, textOf } from "../../../domain/sql.ts";
import { ownAndParentSql } from "../known/ruled-source.ts";
import { laterThan, type MaskedSource, type ValueKind } from "./masked-source.ts";

const ORDERED: ReadonlySet<ValueKind["kind"]> = new Set(["integer", "number", "date", "timestamp", "text", "others"]);

/**
 * Honest models look at the season before by its number: a row that is not there yet, moved into a season of the past, is no
 * possible world and would accuse them; moved into a later one it is. A column goes with time when its values take turns, in
 * their own order.
 */
export const withTurns = async (session: Session, source: MaskedSource): Promise<MaskedSource> => {
  const first = source.event[0]?.sql;
  if (first === undefined || source.rows.kind === "always") return source;
  const asked = source.columns.filter((c) => c.rule?.kind === "always" && ORDERED.has(c.value.kind));
  const from = ownAndParentSql(source);
  const announced = sql`(select bool_or(${source.isAnnounced ?? sql`false`}) from ${from}) as announced`;
  const turns = asked.map(({ name }, i) => {
    const column = sql`s.${ident(name)}`;
    return sql`(select count(*) > 1 and bool_and(lo > before and v > lower) is not false from (
  select v, lo, lag(hi) over (order by lo, v) as before, lag(v) over (order by lo, v) as lower
  from (select ${column} as v, min(${first}) as lo, max(${first}) as hi from ${from} where ${column} is not null group by 1) g) t) as ${ident(`k${i}`)}`;
  });
  const [row = {}] = await session.rows(sql`select ${joinSql([announced, ...turns], sql`,\n`)}`);
  const turning = new Set(asked.flatMap(({ name }, i) => (row[`k${i}`] === "t" ? [name] : [])));
  return {
    ...source,
    isAnnounced: row["announced"] === "t" ? source.isAnnounced : undefined,
    columns: source.columns.map((c) => (turning.has(c.name) ? { ...c, value: laterThan(c.value) } : c)),
  };
};

/** Its rows are known by another time than their event's. */
export const hasOwnTime = ({ rows, event }: Pick<MaskedSource, "rows" | "event">): boolean =>
  rows.kind === "timed" && !rows.time.every((part, i) => textOf(part.sql) === (event[i] && textOf(event[i].sql)));
