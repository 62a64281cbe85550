/** `sequential_values`: a row fails where its value is not the one before plus a step; NULL passes. */
import type { DataTest } from "../../domain/contracts/data-test.ts";
import { literal, sql } from "../../domain/sql.ts";
import { columnsGiven, listed, numberGiven, textGiven } from "./arguments-given.ts";
import { DATEPART, GROUPED, may, nothingWrong } from "./parameters.ts";
import { testedColumn } from "./tested-column.ts";
import { testedRows } from "./tested-rows.ts";
import { spanOf } from "./time-span.ts";

export const sequentialValues: DataTest = {
  name: "sequential_values",
  section: "order",
  description: "In order, each value is the one before plus `interval`, within each group; NULL passes.",
  example: "sequential_values: { interval: 1, group_by_columns: [season] }",
  isColumnTest: true,
  parameters: [
    may("interval", "number", "The step: 1."),
    may("datepart", DATEPART, "Its unit, for dates and times."),
    GROUPED,
  ],
  refuses: nothingWrong,
  failingRows: (input) => {
    const column = testedColumn(input);
    const groups = columnsGiven(input, "group_by_columns");
    const partition = groups.length === 0 ? sql`` : sql`partition by ${listed(groups)} `;
    const step = literal(numberGiven(input, "interval") ?? 1);
    const unit = textGiven(input, "datepart");
    const expected =
      unit === undefined ? sql`galley_previous + ${step}` : sql`(galley_previous + ${spanOf(unit, step)})::timestamp`;
    const value = unit === undefined ? column : sql`${column}::timestamp`;
    return {
      kind: "query",
      query: sql`select * from (select t.*, lag(t.${column}) over (${partition}order by t.${column}) as galley_previous from ${testedRows(input)} as t) as w where not (${value} = ${expected})`,
      judged: undefined,
      needs: undefined,
    };
  },
};
