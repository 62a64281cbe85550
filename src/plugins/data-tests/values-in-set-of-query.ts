/** `values_in_set_of_query`: a row fails where its value is not among those that a query gives; NULL passes. */
import type { DataTest } from "../../domain/contracts/data-test.ts";
import { sql } from "../../domain/sql.ts";
import { relationGiven, sqlGiven } from "./arguments-given.ts";
import { may, needed, nothingWrong } from "./parameters.ts";
import { testedColumn } from "./tested-column.ts";
import { testedRows } from "./tested-rows.ts";

export const valuesInSetOfQuery: DataTest = {
  name: "values_in_set_of_query",
  section: "keys",
  description: "Each value of the column is among those that a query of one column gives; NULL passes.",
  example:
    "values_in_set_of_query: { to: ref('teams'), query: \"select code from listed where not is_folded union select 'none'\" }",
  isColumnTest: true,
  parameters: [
    needed("query", "expression", "The query; what `to` refers to is called `listed` in it."),
    may("to", "reference", "The relation that the query reads: ref('x') or source('a', 'b')."),
  ],
  refuses: nothingWrong,
  failingRows: (input) => {
    const query = sqlGiven(input, "query") ?? sql`select null`;
    const listed = input.arguments.has("to")
      ? sql`with listed as (select * from ${relationGiven(input, "to")}) `
      : sql``;
    const column = testedColumn(input);
    return {
      kind: "query",
      query: sql`${listed}select c.* from ${testedRows(input)} as c where c.${column} is not null and not exists (select from (\n${query}\n) as q (galley_value) where q.galley_value = c.${column})`,
      judged: undefined,
      needs: undefined,
    };
  },
};
