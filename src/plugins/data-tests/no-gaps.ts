/** `no_gaps`: from the least to the greatest value of the column, none is missing; a failing row is a gap. */
import type { DataTest, DataTestInput } from "../../domain/contracts/data-test.ts";
import { literal, type Sql, sql } from "../../domain/sql.ts";
import { columnsGiven, listed, numberGiven, textGiven } from "./arguments-given.ts";
import { DATEPART, GROUPED, may, nothingWrong } from "./parameters.ts";
import { testedColumn } from "./tested-column.ts";
import { testedRows } from "./tested-rows.ts";
import { spanOf } from "./time-span.ts";

export const noGaps: DataTest = {
  name: "no_gaps",
  section: "order",
  description:
    "Between the least and the greatest value of the column none is missing, within each group; a value may stand more than once. Whole numbers and dates; times with `datepart`.",
  example: "no_gaps: { datepart: day, group_by_columns: [station_id] }",
  isColumnTest: true,
  parameters: [
    may("interval", "number", "From one value to the next: 1."),
    may("datepart", DATEPART, "Its unit; times are cut down to it."),
    GROUPED,
  ],
  refuses: nothingWrong,
  failingRows: (input) => {
    const step = numberGiven(input, "interval") ?? 1;
    const query = gapsQuery(input, literal(step));
    const isCounted = columnsGiven(input, "group_by_columns").length === 0 && !input.arguments.has("datepart");
    if (!isCounted || step !== 1) return { kind: "query", query, judged: undefined, needs: undefined };
    const column = testedColumn(input);
    return {
      kind: "screened",
      query,
      from: sql`${testedRows(input)} as t`,
      // As many values as there is room for leave no gap, where there are no fractions between them.
      suspects: sql`case when pg_typeof(max(${column}))::text in ('smallint', 'integer', 'bigint', 'date') then coalesce(max(${column}) - min(${column}) + 1 - count(distinct ${column}), 0) else 1 end`,
      how: "counts",
    };
  },
};

/** The two values that a gap lies between. */
const gapsQuery = (input: DataTestInput, step: Sql): Sql => {
  const column = testedColumn(input);
  const groups = columnsGiven(input, "group_by_columns");
  const unit = textGiven(input, "datepart");
  const value = unit === undefined ? column : sql`date_trunc(${literal(unit)}, ${column})`;
  const next = sql`galley_after + ${unit === undefined ? step : spanOf(unit, step)}`;
  const by = groups.length === 0 ? sql`` : sql`${listed(groups)}, `;
  const partition = groups.length === 0 ? sql`` : sql`partition by ${listed(groups)} `;
  return sql`select ${by}galley_after as after, galley_before as before from (select t.*, ${value} as galley_after, lead(${value}) over (${partition}order by ${value}) as galley_before from ${testedRows(input)} as t where ${column} is not null) as w where galley_before > ${next}`;
};
