/** `unique`: a key fails where more than one row has it; NULL keys are ignored, as in dbt. */
import type { DataTest } from "../../domain/contracts/data-test.ts";
import { sql } from "../../domain/sql.ts";
import { nothingWrong } from "./parameters.ts";
import { testedColumn, testedName } from "./tested-column.ts";
import { testedRows } from "./tested-rows.ts";

export const unique: DataTest = {
  name: "unique",
  section: "keys",
  description: "No two rows have the same value in the column; NULL is ignored.",
  example: undefined,
  isColumnTest: true,
  parameters: [],
  refuses: nothingWrong,
  failingRows: (input) => {
    const column = testedColumn(input);
    return {
      kind: "key",
      columns: [testedName(input)],
      nulls: "left out",
      query: sql`select t.${column}, count(*) as n_records from ${testedRows(input)} as t where t.${column} is not null group by t.${column} having count(*) > 1`,
    };
  },
};

/** Of dbt-utils before 1.0. */
export const uniqueWhere: DataTest = {
  ...unique,
  name: "unique_where",
  description: "`unique` among the rows for which the config `where` holds.",
};
