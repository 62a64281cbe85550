/** `quantile_between`: a quantile of the column lies between two bounds. */
import { literal, sql } from "../../domain/sql.ts";
import { numberGiven } from "./arguments-given.ts";
import { betweenTest, type ColumnMeasure } from "./column-measure.ts";
import { needed } from "./parameters.ts";

export const quantile: ColumnMeasure = {
  what: "quantile",
  value: (column, filter, input) =>
    sql`percentile_cont(${literal(numberGiven(input, "quantile") ?? 0.5)}) within group (order by ${column})${filter}`,
  pace: "serial",
};

export const QUANTILE = needed("quantile", "number", "From 0 to 1: 0.5 is the median.");

const between = betweenTest(
  {
    name: "quantile_between",
    description: "The quantile of the column lies between the bounds.",
    example: "quantile_between: { quantile: 0.5, min_value: 95, max_value: 120 }",
  },
  quantile,
  [QUANTILE],
);

export const quantileBetween: typeof between = {
  ...between,
  refuses: (given, of) => {
    const q = given.get("quantile");
    const isShare = q?.kind !== "value" || (Number(q.value) >= 0 && Number(q.value) <= 1);
    return isShare ? between.refuses(given, of) : "takes a `quantile` from 0 to 1";
  },
};
