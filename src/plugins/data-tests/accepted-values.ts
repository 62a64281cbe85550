/** `accepted_values`: a row fails where the column holds a value that is not listed; NULL passes. */
import type { DataTest } from "../../domain/contracts/data-test.ts";
import { sql } from "../../domain/sql.ts";
import { isGiven, listGiven } from "./arguments-given.ts";
import { needed, nothingWrong, QUOTE } from "./parameters.ts";
import { testedColumn } from "./tested-column.ts";
import { valueLiterals } from "./value-literals.ts";

export const acceptedValues: DataTest = {
  name: "accepted_values",
  section: "values",
  description: "Each value of the column is one of `values`; NULL passes.",
  example: "accepted_values: { values: [won, lost, open] }",
  isColumnTest: true,
  parameters: [needed("values", "values", "The list of values."), QUOTE],
  refuses: nothingWrong,
  failingRows: (input) => {
    const column = testedColumn(input);
    const items = valueLiterals(listGiven(input, "values"), isGiven(input, "quote", "yes") ? "quoted" : "bare");
    const predicate = items === undefined ? sql`${column} is not null` : sql`${column} not in (${items})`;
    return { kind: "row", predicate, perValue: undefined };
  },
};
