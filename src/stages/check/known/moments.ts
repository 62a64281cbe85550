/** Times of different types, alone or as tuples, against a cut-off: the condition under which one is known at it. */
import type { Known } from "../../../domain/availability.ts";
import { authored, joinSql, literal, type Sql, sql } from "../../../domain/sql.ts";

/** An instant of the common clock: the value of a feature's `event_time`, member by member. */
export type Cutoff = {
  readonly members: readonly { readonly text: string; readonly type: string }[];
  /** Why it was chosen. */
  readonly reason: string;
};

/** SQL of a time's members with their types, as the server prints those. */
export type TimeParts = readonly { readonly sql: Sql; readonly type: string }[];

const DATES: ReadonlySet<string> = new Set(["date", "timestamp without time zone", "timestamp with time zone"]);
const NUMBERS: ReadonlySet<string> = new Set(["smallint", "integer", "bigint", "numeric", "real", "double precision"]);

const areComparable = (one: string, other: string): boolean =>
  one === other || (DATES.has(one) && DATES.has(other)) || (NUMBERS.has(one) && NUMBERS.has(other));

/** How many members two times have in common, or undefined where one of them cannot be compared. */
export const commonMembers = (one: readonly string[], other: readonly string[]): number | undefined => {
  const count = Math.min(one.length, other.length);
  for (let i = 0; i < count; i++) if (!areComparable(one[i] ?? "", other[i] ?? "")) return undefined;
  return count === 0 ? undefined : count;
};

export type Comparison = "<" | "<=" | "=" | ">" | ">=";

/** Tuples compare as rows, by the members that both have. NULL where the time is. */
export const comparedTo = (time: TimeParts, comparison: Comparison, { members }: Cutoff): Sql => {
  const count = Math.min(time.length, members.length);
  const pairs = time.slice(0, count).map((part, i) => {
    const member = members[i] ?? { text: "", type: part.type };
    const literalOf = sql`${literal(member.text)}::${authored(member.type, undefined)}`;
    if (part.type === member.type) return [part.sql, literalOf] as const;
    if (DATES.has(part.type)) return [inUtc(part.sql, part.type), inUtc(literalOf, member.type)] as const;
    return [part.sql, literalOf] as const;
  });
  const side = (at: 0 | 1): Sql => {
    const parts = joinSql(
      pairs.map((pair) => pair[at]),
      sql`, `,
    );
    return pairs.length === 1 ? parts : sql`(${parts})`;
  };
  return sql`${side(0)} ${authored(comparison, undefined)} ${side(1)}`;
};

/** Never the session's zone: a check says the same wherever it runs. A date is the start of its day. */
const inUtc = (value: Sql, type: string): Sql => {
  if (type === "timestamp with time zone") return sql`((${value}) at time zone 'UTC')`;
  return type === "date" ? sql`(${value})::timestamp` : value;
};

/** Of two times whose first members can be compared. */
export const isNotAfter = (one: TimeParts, other: TimeParts): Sql => {
  const [a, b] = [one[0], other[0]];
  if (a === undefined || b === undefined) return sql`false`;
  const areDates = DATES.has(a.type) && a.type !== b.type;
  const [left, right] = areDates ? [inUtc(a.sql, a.type), inUtc(b.sql, b.type)] : [a.sql, b.sql];
  return sql`coalesce(${left} <= ${right}, false)`;
};

/** What is known `at` its time is known at a cut-off of that very time; what is known `after` it is not. */
export const isKnownAt = (time: TimeParts, when: Known["when"], cutoff: Cutoff): Sql =>
  sql`coalesce(${comparedTo(time, when === "at" ? "<=" : "<", cutoff)}, false)`;

/** `2009-02-03`, `2009-02-03 #4` */
export const cutoffText = ({ members }: Cutoff): string =>
  members.map((m, i) => (i === 0 ? m.text : `#${m.text}`)).join(" ");
