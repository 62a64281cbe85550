/** `distinct_count_between`: how many different values the column holds lies between two bounds; NULL is none. */
import { sql } from "../../domain/sql.ts";
import { betweenTest, type ColumnMeasure } from "./column-measure.ts";

export const distinctCount: ColumnMeasure = {
  what: "number of different values",
  value: (column, filter) => sql`count(distinct ${column})${filter}`,
  pace: "serial",
};

export const distinctCountBetween = betweenTest(
  {
    name: "distinct_count_between",
    description: "The number of different values in the column lies between the bounds; NULL is none.",
    example: "distinct_count_between: { min_value: 30, max_value: 30, group_by_columns: [season] }",
  },
  distinctCount,
);
