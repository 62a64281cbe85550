/** `accepted_range`: a row fails where the column's value lies outside; NULL passes. */
import type { DataTest } from "../../domain/contracts/data-test.ts";
import { boundsGiven } from "./bounds.ts";
import { BOUNDS, may, needsOneOf } from "./parameters.ts";
import { testedColumn } from "./tested-column.ts";

export const acceptedRange: DataTest = {
  name: "accepted_range",
  section: "values",
  description: "Each value of the column lies between `min_value` and `max_value`; NULL passes.",
  example: "accepted_range: { min_value: 0, max_value: other_column + 1, inclusive: false }",
  isColumnTest: true,
  parameters: [...BOUNDS, may("inclusive", "boolean", "false: the bounds themselves lie outside.")],
  refuses: needsOneOf("min_value", "max_value"),
  failingRows: (input) => ({
    kind: "row",
    predicate: boundsGiven(input).isOutside(testedColumn(input)),
    perValue: undefined,
  }),
};
