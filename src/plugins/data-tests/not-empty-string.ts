/** `not_empty_string`: a row fails where the column holds a text without a letter in it; NULL passes. */
import type { DataTest } from "../../domain/contracts/data-test.ts";
import { literal, sql } from "../../domain/sql.ts";
import { isGiven } from "./arguments-given.ts";
import { may, nothingWrong } from "./parameters.ts";
import { testedColumn } from "./tested-column.ts";

export const notEmptyString: DataTest = {
  name: "not_empty_string",
  section: "values",
  description: "No text in the column is empty or nothing but white space; NULL passes.",
  example: undefined,
  isColumnTest: true,
  parameters: [may("trim_whitespace", "boolean", "false: white space is text.")],
  refuses: nothingWrong,
  failingRows: (input) => {
    const column = testedColumn(input);
    const trimmed = isGiven(input, "trim_whitespace", "yes")
      ? sql`btrim(${column}, ${literal(" \t\n\r")})`
      : sql`${column}`;
    return { kind: "row", predicate: sql`${trimmed} = ''`, perValue: undefined };
  },
};
