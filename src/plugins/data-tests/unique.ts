/** `unique`: a key fails where more than one row has it; NULL keys are ignored, as in dbt. */
import type { DataTest } from "../../domain/contracts/data-test.ts";
import { sql } from "../../domain/sql.ts";
import { testedColumn } from "./tested-column.ts";
import { testedRows } from "./tested-rows.ts";

export const unique: DataTest = {
  name: "unique",
  description: "No two rows have the same value in the column; NULL is ignored.",
  isColumnTest: true,
  parameters: [],
  failingRows: (input) => {
    const column = testedColumn(input);
    return {
      kind: "key",
      columns: input.column === undefined ? [] : [input.column],
      nulls: "left out",
      query: sql`select t.${column}, count(*) as n_records from ${testedRows(input)} as t where t.${column} is not null group by t.${column} having count(*) > 1`,
    };
  },
};
