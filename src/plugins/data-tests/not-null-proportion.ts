/** `not_null_proportion`: the share of rows in which the column is known lies between two numbers. */
import type { DataTest } from "../../domain/contracts/data-test.ts";
import { literal, sql } from "../../domain/sql.ts";
import { numberGiven } from "./arguments-given.ts";
import { boundsOf } from "./bounds.ts";
import { measured } from "./measured.ts";
import { GROUPED, may, needed, nothingWrong } from "./parameters.ts";
import { testedColumn, testedName } from "./tested-column.ts";

export const notNullProportion: DataTest = {
  name: "not_null_proportion",
  section: "values",
  description:
    "The share of rows without NULL in the column is between `at_least` and `at_most`; of no rows it is none.",
  example: "not_null_proportion: { at_least: 0.95 }",
  isColumnTest: true,
  parameters: [
    needed("at_least", "number", "The least share, from 0 to 1."),
    may("at_most", "number", "The greatest share; 1."),
    GROUPED,
  ],
  refuses: nothingWrong,
  failingRows: (input) => {
    const column = testedColumn(input);
    const { isOutside, inWords } = boundsOf([
      { operator: sql`>=`, value: literal(numberGiven(input, "at_least") ?? 0) },
      { operator: sql`<=`, value: literal(numberGiven(input, "at_most") ?? 1) },
    ]);
    return measured(input, {
      what: `share of rows with ${testedName(input)}`,
      value: (filter) => sql`count(${column})${filter}::numeric / nullif(count(*)${filter}, 0)`,
      fails: isOutside,
      bound: inWords,
      apart: undefined,
    });
  },
};
