/** `not_constant`: the column holds two different values at least, or within each group; NULL is none. */
import type { DataTest } from "../../domain/contracts/data-test.ts";
import { sql } from "../../domain/sql.ts";
import { measured } from "./measured.ts";
import { GROUPED, nothingWrong } from "./parameters.ts";
import { testedColumn, testedName } from "./tested-column.ts";

export const notConstant: DataTest = {
  name: "not_constant",
  section: "values",
  description: "The column does not hold one and the same value everywhere; NULL is no value, and no rows pass.",
  example: undefined,
  isColumnTest: true,
  parameters: [GROUPED],
  refuses: nothingWrong,
  failingRows: (input) => {
    const column = testedColumn(input);
    // Of arrays there is a least one for every type, of boolean itself there is none.
    const one = sql`case when ${column} is not null then array[${column}] end`;
    return measured(input, {
      what: `only value of ${testedName(input)}`,
      value: (filter) =>
        sql`case when min(${one})${filter} = max(${one})${filter} then (min(${one})${filter})[1]::text end`,
      fails: (value) => sql`(${value}) is not null`,
      bound: "two values or more",
      apart: undefined,
    });
  },
};
