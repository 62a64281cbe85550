/** A source in; the same out, with those columns kept under change that no honest model expects to be otherwise. */
import type { Session } from "../../../domain/contracts/database.ts";
import { ident, joinSql, sql, textOf } from "../../../domain/sql.ts";
import { ownAndParentSql } from "./mask.ts";
import type { MaskedColumn, MaskedSource, ValueKind } from "./masked-source.ts";

const ORDERED: ReadonlySet<ValueKind["kind"]> = new Set(["integer", "number", "date", "timestamp", "text", "others"]);

/**
 * What is announced comes as it is: a playoff game that is not known yet, made a game of the regular season, would accuse
 * whoever looks at the rest of that. Honest models look at the season before by its number: a row that does not yet exist,
 * moved into a past season, would accuse them. A column goes with time when its values take turns, in their own order.
 */
export const withKept = async (session: Session, source: MaskedSource): Promise<MaskedSource> => {
  if (isAnnounced(source)) return withColumnsKept(source, (c) => c.rule?.kind === "always");
  const first = source.event[0]?.sql;
  const asked = source.columns.filter((c) => c.rule?.kind === "always" && ORDERED.has(c.value.kind));
  if (first === undefined || source.rows.kind === "always" || asked.length === 0) return source;
  const from = ownAndParentSql(source);
  const turns = asked.map(({ name }, i) => {
    const column = sql`s.${ident(name)}`;
    return sql`(select count(*) > 1 and bool_and(lo > before and v > lower) is not false from (
  select v, lo, lag(hi) over (order by lo, v) as before, lag(v) over (order by lo, v) as lower
  from (select ${column} as v, min(${first}) as lo, max(${first}) as hi from ${from} where ${column} is not null group by 1) g) t) as ${ident(`k${i}`)}`;
  });
  const [row = {}] = await session.rows(sql`select ${joinSql(turns, sql`,\n`)}`);
  const kept = new Set(asked.flatMap(({ name }, i) => (row[`k${i}`] === "t" ? [name] : [])));
  return withColumnsKept(source, (c) => kept.has(c.name));
};

/** Its rows are known by another time than their event's. */
export const isAnnounced = ({ rows, event }: MaskedSource): boolean =>
  rows.kind === "timed" && !rows.time.every((part, i) => textOf(part.sql) === (event[i] && textOf(event[i].sql)));

const withColumnsKept = (source: MaskedSource, isKept: (column: MaskedColumn) => boolean): MaskedSource => ({
  ...source,
  columns: source.columns.map(
    (column): MaskedColumn => (isKept(column) ? { ...column, value: { kind: "kept" } } : column),
  ),
});
