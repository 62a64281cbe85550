/** A microbatch: a window of time whose rows are built by themselves. Its SQL is compiled once for all, with marks for the bounds. */
import { ident, literal, type Sql, type SqlPiece, sql, sqlOf } from "./sql.ts";

export const BATCH_SIZES = ["hour", "day", "month", "year"] as const;
export type BatchSize = (typeof BATCH_SIZES)[number];

/** From `start` up to and without `end`. */
export type Window = { readonly start: Date; readonly end: Date };

/** Literals that nobody writes, and that any server can read: a query with marks can be described as it is. */
const START_MARK: SqlPiece = { text: "'1066-10-14 06:07:08.000009+00'", origin: undefined, isSecret: false };
const END_MARK: SqlPiece = { text: "'1066-10-14 06:07:08.000010+00'", origin: undefined, isSecret: false };

/** Whether a column's time lies within the window that is filled in later. */
export const withinMarks = (column: string): Sql => between(ident(column), sqlOf([START_MARK]), sqlOf([END_MARK]));

export const within = (column: Sql, { start, end }: Window): Sql =>
  between(column, timeLiteral(start), timeLiteral(end));

const between = (column: Sql, start: Sql, end: Sql): Sql => sql`${column} >= ${start} and ${column} < ${end}`;

/** The query of one window: the places stay, so that its errors are told at the author's line. */
export const fillIn = (query: Sql, { start, end }: Window): Sql => {
  const texts = new Map([
    [START_MARK.text, timeLiteral(start)],
    [END_MARK.text, timeLiteral(end)],
  ]);
  return sqlOf(query.pieces.flatMap((piece) => texts.get(piece.text)?.pieces ?? [piece]));
};

/** Without a type, so that it becomes the column's own: a date takes the day, a timestamp the time in UTC. */
const timeLiteral = (time: Date): Sql => literal(`${time.toISOString().slice(0, 19).replace("T", " ")}+00`);

const TIME = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?(?:\.\d+)?(?:Z|[+-]\d{2}(?::?\d{2})?)?)?$/;

/** `2024-01-01`, `2024-01-01 06:00`, `2024-01-01T06:00:00Z`; in UTC unless it says another offset. */
export const readTime = (text: string): Date | undefined => {
  if (!TIME.test(text)) return undefined;
  const [day = "", rest] = text.split(/[T ]/);
  const offset = rest === undefined ? null : /(?:Z|[+-]\d{2}(?::?\d{2})?)$/.exec(rest);
  const zone = offset === null || offset[0] === "Z" ? "Z" : fullOffset(offset[0]);
  const clock = rest === undefined ? "00:00" : rest.slice(0, offset?.index ?? rest.length);
  const time = new Date(`${day}T${clock}${zone}`);
  // JavaScript reads 31 February as 2 March.
  const isReal = !Number.isNaN(time.getTime()) && new Date(`${day}T00:00Z`).toISOString().startsWith(day);
  return isReal && time.getUTCFullYear() > 1600 ? time : undefined;
};

const fullOffset = (offset: string): string => `${offset.slice(0, 3)}:${offset.slice(3).replace(":", "") || "00"}`;

/** As people write it: no more of it than says something. */
const timeText = (time: Date): string => {
  const text = time.toISOString();
  return text.endsWith("T00:00:00.000Z") ? text.slice(0, 10) : `${text.slice(0, 16).replace("T", " ")}`;
};

export const windowText = ({ start, end }: Window): string => `${timeText(start)} to ${timeText(end)}`;
