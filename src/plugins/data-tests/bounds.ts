/** The bounds that were given in, the condition on a value and the same in words out. */
import type { DataTestInput } from "../../domain/contracts/data-test.ts";
import { joinSql, type Sql, shownText, sql } from "../../domain/sql.ts";
import { enclosed, isGiven, sqlGiven } from "./arguments-given.ts";

export type Bounds = {
  /** True where the value lies outside; NULL for NULL. */
  readonly isOutside: (value: Sql) => Sql;
  readonly inWords: string;
};

/** `min_value`, `max_value`, and either `inclusive` or `strictly`. */
export const boundsGiven = (input: DataTestInput): Bounds => {
  const isInclusive = isGiven(input, "inclusive", "yes") && !isGiven(input, "strictly", "no");
  const bound = (name: string, operator: ">" | "<"): readonly Bound[] => {
    const value = sqlGiven(input, name);
    return value === undefined ? [] : [{ operator: OPERATORS[operator][isInclusive ? 1 : 0], value }];
  };
  return boundsOf([...bound("min_value", ">"), ...bound("max_value", "<")]);
};

const OPERATORS = { ">": [sql`>`, sql`>=`], "<": [sql`<`, sql`<=`] } as const;

type Bound = { readonly operator: Sql; readonly value: Sql };

/** What Galley wrote, a literal. */
const isPlain = ({ pieces }: Sql): boolean => pieces.every((piece) => piece.origin === undefined);

export const boundsOf = (bounds: readonly Bound[]): Bounds => ({
  isOutside: (value) =>
    joinSql(
      bounds.map((b) => sql`not (${value} ${b.operator} ${isPlain(b.value) ? b.value : enclosed(b.value)})`),
      sql` or `,
    ),
  inWords: bounds.map((b) => `${shownText(b.operator)} ${shownText(b.value).trim()}`).join(" and "),
});
