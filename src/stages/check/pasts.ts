/**
 * The pasts that a check rebuilds: sources in, views on them out that show the rows which stood at an earlier time. One
 * clock serves all sources, the first column of their `event_time`; a source without one is shown whole in every past.
 */
import type { Session } from "../../domain/contracts/database.ts";
import { type Diagnostic, errorOf, failed, type Outcome, ok } from "../../domain/diagnostic.ts";
import type { SourceNode } from "../../domain/manifest.ts";
import { byteLength, MAX_NAME_BYTES, type NodeId, type RelationName } from "../../domain/names.ts";
import { authored, ident, joinSql, literal, relation, type Sql, sql, textOf } from "../../domain/sql.ts";
import { unreachable } from "../../domain/unreachable.ts";
import { hashOf } from "../../lib/hash.ts";

/**
 * `first`, `second`: what stood after a third and two thirds of the time. `gap`: all but the instant before the last one,
 * which is yet to arrive. `whole`: all there is.
 */
export const PASTS = ["first", "second", "gap", "whole"] as const;
export type Past = (typeof PASTS)[number];

/** Instants of the common clock, as text, and its type. */
export type Clock = {
  readonly type: string;
  readonly first: string;
  readonly second: string;
  readonly lastButOne: string;
};

/** Names the column by which a source keeps time; undefined where it has none. */
export const timeColumnOf = (source: SourceNode): string | undefined => source.config.eventTime[0];

/** Undefined when no source keeps time. */
export const readClock = async (
  session: Session,
  sources: readonly SourceNode[],
): Promise<Outcome<Clock | undefined>> => {
  const timed = sources.flatMap((source) => {
    const column = timeColumnOf(source);
    return column === undefined ? [] : [{ source, column }];
  });
  if (timed.length === 0) return ok(undefined);
  const types = await typesOf(session, timed);
  const missing = timed.filter(({ source }) => !types.has(source.id));
  if (missing.length > 0) return failed(...missing.map(noSuchColumn));
  const type = commonType([...new Set(types.values())]);
  if (type === undefined) return failed(differentClocks(timed, types));
  const instants = joinSql(
    timed.map(
      ({ source, column }) =>
        sql`select ${ident(column)}::${authored(type, undefined)} as t from ${relation(source.relation)}`,
    ),
    sql` union all `,
  );
  const rows = await session.rows(sql`
with instants as materialized (select distinct t from (${instants}) x where t is not null)
select count(*) as n, percentile_disc(0.33) within group (order by t) as first, percentile_disc(0.66) within group (order by t) as second,
  (select t from instants order by t desc offset 1 limit 1) as last_but_one from instants`);
  const row = rows[0];
  if (Number(row?.["n"] ?? 0) < FEWEST_INSTANTS) return failed(tooShort(timed));
  return ok({
    type,
    first: row?.["first"] ?? "",
    second: row?.["second"] ?? "",
    lastButOne: row?.["last_but_one"] ?? "",
  });
};

/** One for each past, and one that comes last. */
const FEWEST_INSTANTS = 3;

type Timed = { readonly source: SourceNode; readonly column: string };

const typesOf = async (session: Session, timed: readonly Timed[]): Promise<ReadonlyMap<NodeId, string>> => {
  const wanted = timed.map(
    ({ source, column }) =>
      sql`(${literal(source.id)}, ${literal(textOf(relation(source.relation)))}, ${literal(column)})`,
  );
  const rows = await session.rows(sql`
select w.id, format_type(a.atttypid, null) as type from (values ${joinSql(wanted, sql`, `)}) as w (id, name, col)
join pg_attribute a on a.attrelid = to_regclass(w.name) and a.attname = w.col and a.attnum > 0 and not a.attisdropped`);
  return new Map(rows.map((row) => [(row["id"] ?? "") as NodeId, row["type"] ?? ""]));
};

const MOMENTS: ReadonlySet<string> = new Set(["date", "timestamp without time zone", "timestamp with time zone"]);

const commonType = (types: readonly string[]): string | undefined => {
  if (types.length === 1) return types[0];
  return types.every((type) => MOMENTS.has(type)) ? "timestamp with time zone" : undefined;
};

/** The query of a view on a source as it stood. A row whose time is unknown stands in every past. */
export const asItStood = (source: SourceNode, past: Past, clock: Clock): Sql | undefined => {
  const column = timeColumnOf(source);
  if (column === undefined || past === "whole") return undefined;
  const at = (instant: string): Sql => sql`${literal(instant)}::${authored(clock.type, undefined)}`;
  const time = ident(column);
  return sql`select * from ${relation(source.relation)} where ${time} is null or ${shown(past, time, clock, at)}`;
};

const shown = (past: Exclude<Past, "whole">, time: Sql, clock: Clock, at: (instant: string) => Sql): Sql => {
  switch (past) {
    case "first":
      return sql`${time} <= ${at(clock.first)}`;
    case "second":
      return sql`${time} <= ${at(clock.second)}`;
    case "gap":
      return sql`${time} <> ${at(clock.lastButOne)}`;
    default:
      return unreachable(past);
  }
};

/** Beside the pasts: the model's table as it grows, its full build, and its new rows. */
const ROOMS = [...PASTS, "grown", "full", "delta"] as const;

/** The schemas that a check makes and takes away again, sorted. */
export const checkSchemas = (bookkeeping: string): readonly string[] =>
  ROOMS.map((room) => schemaOf(bookkeeping, room)).sort();

const schemaOf = (bookkeeping: string, room: (typeof ROOMS)[number]): string => `${bookkeeping}__check_${room}`;

/** Names of nodes are unique; a source has a dot in its own, and may be too long for a relation. */
export const placeOf = (bookkeeping: string, room: (typeof ROOMS)[number], name: string): RelationName => ({
  schema: schemaOf(bookkeeping, room),
  name: byteLength(name) <= MAX_NAME_BYTES ? name : hashOf(name).slice(0, 32),
});

const noSuchColumn = ({ source, column }: Timed): Diagnostic =>
  errorOf("check/no-time", `${source.id} has no column "${column}", its event_time`, {
    at: source.at,
    help: "correct `event_time` of the source's config, or run the migration that makes the column",
  });

const differentClocks = (timed: readonly Timed[], types: ReadonlyMap<NodeId, string>): Diagnostic =>
  errorOf(
    "check/no-time",
    `the sources keep time in types that cannot be compared: ${timed.map(({ source, column }) => `${source.name}.${column} ${types.get(source.id)}`).join(", ")}`,
    { at: timed[0]?.source.at, help: "let the first column of each event_time be a date, a timestamp, or of one type" },
  );

const tooShort = (timed: readonly Timed[]): Diagnostic =>
  errorOf("check/no-time", "the sources hold fewer than three different times: there is no past to begin from", {
    at: timed[0]?.source.at,
    help: "check where there are more rows",
  });
