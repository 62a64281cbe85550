/** An aggregate of a column in, the kind of data test out that holds it between two bounds. */
import type { DataTest, DataTestInput, Parameter } from "../../domain/contracts/data-test.ts";
import type { Sql } from "../../domain/sql.ts";
import { boundsGiven } from "./bounds.ts";
import { measured } from "./measured.ts";
import { BOUNDS, GROUPED, may, needsOneOf } from "./parameters.ts";
import { testedColumn, testedName } from "./tested-column.ts";

export type ColumnMeasure = {
  /** `mean`: of `amount` is added. */
  readonly what: string;
  /** With the filter behind each aggregate. */
  readonly value: (column: Sql, filter: Sql, input: DataTestInput) => Sql;
  /** It sorts, or keeps a statement from running in parallel. */
  readonly pace: "parallel" | "serial";
};

type Named = Pick<DataTest, "name" | "description" | "example">;

/** `more`: what it takes besides the bounds. */
export const betweenTest = (named: Named, measure: ColumnMeasure, more: readonly Parameter[] = []): DataTest => ({
  ...named,
  section: "statistics",
  isColumnTest: true,
  parameters: [...more, ...BOUNDS, may("inclusive", "boolean", "false: the bounds themselves lie outside."), GROUPED],
  refuses: needsOneOf("min_value", "max_value"),
  failingRows: (input) => measuredColumn(input, measure),
});

/** One that sorts is asked with the others of its column. */
export const measuredColumn = (input: DataTestInput, { what, value, pace }: ColumnMeasure) => {
  const { isOutside, inWords } = boundsGiven(input);
  return measured(input, {
    what: `${what} of ${testedName(input)}`,
    value: (filter) => value(testedColumn(input), filter, input),
    fails: isOutside,
    bound: inWords,
    apart: pace === "serial" ? testedName(input) : undefined,
  });
};
