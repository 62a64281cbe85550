/** `not_null`: a row fails where the column is NULL. */
import type { DataTest } from "../../domain/contracts/data-test.ts";
import { sql } from "../../domain/sql.ts";
import { testedColumn } from "./tested-column.ts";

export const notNull: DataTest = {
  name: "not_null",
  description: "No row has NULL in the column.",
  isColumnTest: true,
  parameters: [],
  failingRows: (input) => ({ kind: "row", predicate: sql`${testedColumn(input)} is null` }),
};
