/** `equal_rowcount`: two relations have the same number of rows, or each group of them; failures are the rows between. */
import type { DataTest } from "../../domain/contracts/data-test.ts";
import { sql } from "../../domain/sql.ts";
import { comparedCounts } from "./compared-counts.ts";
import { GROUPED, needed, nothingWrong } from "./parameters.ts";

export const COMPARED = needed("compare_model", "reference", "The other relation: ref('x') or source('a', 'b').");

export const equalRowcount: DataTest = {
  name: "equal_rowcount",
  section: "relations",
  description: "There are as many rows as in `compare_model`; a group that one of them lacks has 0.",
  example: "equal_rowcount: { compare_model: ref('played_games'), group_by_columns: [season] }",
  isColumnTest: false,
  parameters: [COMPARED, GROUPED],
  refuses: nothingWrong,
  failingRows: (input) => comparedCounts(input, { off: (ours, theirs) => sql`abs(${ours} - ${theirs})`, bound: "= " }),
};
