/** `mean_between`: the mean of the column lies between two bounds. */
import { sql } from "../../domain/sql.ts";
import { betweenTest, type ColumnMeasure } from "./column-measure.ts";

export const mean: ColumnMeasure = {
  what: "mean",
  value: (column, filter) => sql`avg(${column})${filter}`,
  pace: "parallel",
};

export const meanBetween = betweenTest(
  {
    name: "mean_between",
    description:
      "The mean of the column lies between `min_value` and `max_value`; of no rows there is none, and it holds.",
    example: "mean_between: { min_value: 1499, max_value: 1501, group_by_columns: [season] }",
  },
  mean,
);
