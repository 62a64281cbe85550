/** `recency`: the latest time in the column is not longer ago than a time span, or that of each group. */
import type { DataTest, DataTestInput } from "../../domain/contracts/data-test.ts";
import { literal, type Sql, sql } from "../../domain/sql.ts";
import { columnGiven, isGiven, numberGiven, textGiven } from "./arguments-given.ts";
import { measured } from "./measured.ts";
import { DATEPART, GROUPED, may, needed, nothingWrong } from "./parameters.ts";
import { spanOf } from "./time-span.ts";

export const recency: DataTest = {
  name: "recency",
  section: "order",
  description: "The latest time in `field` is at most `interval` `datepart`s before now; of no rows there is none.",
  example: "recency: { field: loaded_at, datepart: hour, interval: 6 }",
  isColumnTest: false,
  parameters: [
    needed("field", "column", "The column, or an expression of it."),
    needed("datepart", DATEPART, "The unit."),
    needed("interval", "number", "How many of them."),
    may("ignore_time_component", "boolean", "true: by dates alone."),
    GROUPED,
  ],
  refuses: nothingWrong,
  failingRows: (input) => {
    const oldest = oldestOf(input);
    const isByDate = isGiven(input, "ignore_time_component", "no");
    const field = columnGiven(input, "field") ?? sql`null`;
    return measured(input, {
      what: `latest ${textGiven(input, "field") ?? ""}`,
      value: (filter) => (isByDate ? sql`(max(${field})${filter})::date` : sql`max(${field})${filter}`),
      fails: (value) => sql`coalesce(${value} < ${isByDate ? sql`(${oldest})::date` : oldest}, true)`,
      bound: `at most ${numberGiven(input, "interval") ?? 0} ${textGiven(input, "datepart") ?? ""} ago`,
      apart: undefined,
    });
  },
};

/** As of the transaction, in which all times are the same. */
export const oldestOf = (input: DataTestInput): Sql =>
  sql`(now() - ${spanOf(textGiven(input, "datepart") ?? "day", literal(numberGiven(input, "interval") ?? 0))})`;
