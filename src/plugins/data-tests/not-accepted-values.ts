/** `not_accepted_values`: a row fails where the column holds one of the listed values. */
import type { DataTest } from "../../domain/contracts/data-test.ts";
import { sql } from "../../domain/sql.ts";
import { isGiven, listGiven } from "./arguments-given.ts";
import { needed, nothingWrong, QUOTE } from "./parameters.ts";
import { testedColumn } from "./tested-column.ts";
import { valueLiterals } from "./value-literals.ts";

export const notAcceptedValues: DataTest = {
  name: "not_accepted_values",
  section: "values",
  description: "No value of the column is one of `values`.",
  example: undefined,
  isColumnTest: true,
  parameters: [needed("values", "values", "The list of values that must not be there."), QUOTE],
  refuses: nothingWrong,
  failingRows: (input) => {
    const items = valueLiterals(listGiven(input, "values"), isGiven(input, "quote", "yes") ? "quoted" : "bare");
    const predicate = items === undefined ? sql`false` : sql`${testedColumn(input)} in (${items})`;
    return { kind: "row", predicate, perValue: undefined };
  },
};
