/** `min_between` and `max_between`: the least and the greatest value of the column lie between two bounds. */
import { sql } from "../../domain/sql.ts";
import { betweenTest, type ColumnMeasure } from "./column-measure.ts";

export const least: ColumnMeasure = {
  what: "least value",
  value: (column, filter) => sql`min(${column})${filter}`,
  pace: "parallel",
};

export const greatest: ColumnMeasure = {
  what: "greatest value",
  value: (column, filter) => sql`max(${column})${filter}`,
  pace: "parallel",
};

export const minBetween = betweenTest(
  { name: "min_between", description: "The least value of the column lies between the bounds.", example: undefined },
  least,
);

export const maxBetween = betweenTest(
  {
    name: "max_between",
    description: "The greatest value of the column lies between the bounds.",
    example: "max_between: { min_value: current_date - 2, max_value: current_date }",
  },
  greatest,
);
