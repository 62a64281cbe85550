/** `at_least_one`: the column is known in one row at least, or in one of each group. */
import type { DataTest } from "../../domain/contracts/data-test.ts";
import { sql } from "../../domain/sql.ts";
import { measured } from "./measured.ts";
import { GROUPED, nothingWrong } from "./parameters.ts";
import { testedColumn, testedName } from "./tested-column.ts";

export const atLeastOne: DataTest = {
  name: "at_least_one",
  section: "values",
  description: "One row at least has a value in the column that is not NULL; of no rows none has.",
  example: undefined,
  isColumnTest: true,
  parameters: [GROUPED],
  refuses: nothingWrong,
  failingRows: (input) =>
    measured(input, {
      what: `rows with ${testedName(input)}`,
      value: (filter) => sql`count(${testedColumn(input)})${filter}`,
      fails: (value) => sql`${value} = 0`,
      bound: ">= 1",
      apart: undefined,
    }),
};
