/** `sum_between`: the sum of the column lies between two bounds. */
import { sql } from "../../domain/sql.ts";
import { betweenTest, type ColumnMeasure } from "./column-measure.ts";

export const sum: ColumnMeasure = {
  what: "sum",
  value: (column, filter) => sql`sum(${column})${filter}`,
  pace: "parallel",
};

export const sumBetween = betweenTest(
  { name: "sum_between", description: "The sum of the column lies between the bounds.", example: undefined },
  sum,
);
