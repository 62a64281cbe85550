/** `row_count_between`: how many rows there are lies between two numbers, or of each group. */
import type { DataTest, DataTestInput, FailingRows } from "../../domain/contracts/data-test.ts";
import { sql } from "../../domain/sql.ts";
import { type Bounds, boundsGiven } from "./bounds.ts";
import { measured } from "./measured.ts";
import { BOUNDS, GROUPED, may, needsOneOf } from "./parameters.ts";

export const rowCountBetween: DataTest = {
  name: "row_count_between",
  section: "relations",
  description: "The number of rows, or of those of each group, lies between `min_value` and `max_value`.",
  example: "row_count_between: { min_value: 30, max_value: 30, group_by_columns: [season] }",
  isColumnTest: false,
  parameters: [...BOUNDS, may("inclusive", "boolean", "false: the bounds themselves lie outside."), GROUPED],
  refuses: needsOneOf("min_value", "max_value"),
  failingRows: (input) => countRows(input, boundsGiven(input)),
};

export const countRows = (input: DataTestInput, { isOutside, inWords }: Bounds): FailingRows =>
  measured(input, {
    what: "rows",
    value: (filter) => sql`count(*)${filter}`,
    fails: isOutside,
    bound: inWords,
    apart: undefined,
  });
