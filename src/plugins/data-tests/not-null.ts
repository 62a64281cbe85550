/** `not_null`: a row fails where the column is NULL. */
import type { DataTest } from "../../domain/contracts/data-test.ts";
import { sql } from "../../domain/sql.ts";
import { nothingWrong } from "./parameters.ts";
import { testedColumn } from "./tested-column.ts";

export const notNull: DataTest = {
  name: "not_null",
  section: "values",
  description: "No row has NULL in the column.",
  example: undefined,
  isColumnTest: true,
  parameters: [],
  refuses: nothingWrong,
  failingRows: (input) => ({ kind: "row", predicate: sql`${testedColumn(input)} is null`, perValue: undefined }),
};

/** Of dbt-utils before 1.0. */
export const notNullWhere: DataTest = {
  ...notNull,
  name: "not_null_where",
  description: "`not_null` among the rows for which the config `where` holds.",
};
