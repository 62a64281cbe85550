/** `fewer_rows_than`: a relation has fewer rows than another one, or each group of them; failures are the rows too many. */
import type { DataTest } from "../../domain/contracts/data-test.ts";
import { sql } from "../../domain/sql.ts";
import { comparedCounts } from "./compared-counts.ts";
import { COMPARED } from "./equal-rowcount.ts";
import { GROUPED, nothingWrong } from "./parameters.ts";

export const fewerRowsThan: DataTest = {
  name: "fewer_rows_than",
  section: "relations",
  description: "There are fewer rows than in `compare_model`, in each group too.",
  example: undefined,
  isColumnTest: false,
  parameters: [COMPARED, GROUPED],
  refuses: nothingWrong,
  failingRows: (input) =>
    comparedCounts(input, {
      off: (ours, theirs) => sql`case when ${ours} >= ${theirs} then greatest(${ours} - ${theirs}, 1) else 0 end`,
      bound: "< ",
    }),
};
