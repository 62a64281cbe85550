/** `unique_combination_of_columns`: a combination fails where more than one row has it; NULLs are equal to each other. */
import type { DataTest } from "../../domain/contracts/data-test.ts";
import { sql } from "../../domain/sql.ts";
import { columnsGiven, isExpression, listed, listGiven } from "./arguments-given.ts";
import { may, needed, nothingWrong } from "./parameters.ts";
import { testedRows } from "./tested-rows.ts";

export const uniqueCombinationOfColumns: DataTest = {
  name: "unique_combination_of_columns",
  section: "keys",
  description: "No two rows have the same values in all of the columns; NULL is equal to NULL.",
  example: "unique_combination_of_columns: { combination_of_columns: [game_id, team_id] }",
  isColumnTest: false,
  parameters: [
    needed("combination_of_columns", "columns", "The columns."),
    may("quote_columns", "boolean", "Nothing: names are quoted always."),
  ],
  refuses: nothingWrong,
  failingRows: (input) => {
    const by = listed(columnsGiven(input, "combination_of_columns"));
    const names = listGiven(input, "combination_of_columns").map(String);
    const query = sql`select ${by}, count(*) as n_records from ${testedRows(input)} as t group by ${by} having count(*) > 1`;
    return names.some(isExpression)
      ? { kind: "query", query, judged: undefined, needs: undefined }
      : { kind: "key", columns: names, nulls: "equal", query };
  },
};
