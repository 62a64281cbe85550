/** `mutually_exclusive_ranges`: a range fails where it reaches into the next one, or where it ends before it begins. */
import type { DataTest } from "../../domain/contracts/data-test.ts";
import { sql } from "../../domain/sql.ts";
import { columnGiven, isGiven, textGiven } from "./arguments-given.ts";
import { may, needed, nothingWrong } from "./parameters.ts";
import { testedRows } from "./tested-rows.ts";

const GAPS = { allowed: sql`<=`, not_allowed: sql`=`, required: sql`<` } as const;

export const mutuallyExclusiveRanges: DataTest = {
  name: "mutually_exclusive_ranges",
  section: "order",
  description:
    "No two ranges from `lower_bound_column` to `upper_bound_column` overlap, within each partition. A bound that is NULL fails.",
  example:
    "mutually_exclusive_ranges: { lower_bound_column: valid_from, upper_bound_column: valid_to, partition_by: player_id, gaps: not_allowed }",
  isColumnTest: false,
  parameters: [
    needed("lower_bound_column", "column", "Where a range begins: a column, or an expression."),
    needed("upper_bound_column", "column", "Where it ends; `coalesce(valid_to, 'infinity')` for what has no end."),
    may("partition_by", "column", "Ranges of one value do not overlap; several: `team_id, season`."),
    may("gaps", { oneOf: Object.keys(GAPS) }, "Between one range and the next; `allowed`."),
    may("zero_length_range_allowed", "boolean", "true: a range may end where it begins."),
  ],
  refuses: nothingWrong,
  failingRows: (input) => {
    const lower = columnGiven(input, "lower_bound_column") ?? sql``;
    const upper = columnGiven(input, "upper_bound_column") ?? sql``;
    const by = columnGiven(input, "partition_by");
    const window = sql`(${by === undefined ? sql`` : sql`partition by ${by} `}order by ${lower}, ${upper})`;
    const gaps = textGiven(input, "gaps");
    const touches = gaps === "not_allowed" || gaps === "required" ? GAPS[gaps] : GAPS.allowed;
    const length = isGiven(input, "zero_length_range_allowed", "no") ? sql`<=` : sql`<`;
    return {
      kind: "query",
      query: sql`select * from (select t.*, lead(${lower}) over ${window} as galley_next from ${testedRows(input)} as t) as w where not (coalesce(${lower} ${length} ${upper}, false) and coalesce(${upper} ${touches} galley_next, galley_next is null))`,
      judged: undefined,
      needs: undefined,
    };
  },
};
