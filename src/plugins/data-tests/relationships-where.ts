/** `relationships_where`: as `relationships`, between some rows of the one relation and some of the other. */
import type { DataTest } from "../../domain/contracts/data-test.ts";
import { sqlGiven } from "./arguments-given.ts";
import { may, nothingWrong } from "./parameters.ts";
import { parentRows, TO } from "./relationships.ts";

export const relationshipsWhere: DataTest = {
  name: "relationships_where",
  section: "keys",
  description: "`relationships` for the rows with `from_condition`, to those with `to_condition`.",
  example:
    "relationships_where: { to: ref('teams'), field: team_id, from_condition: season > 2000, to_condition: not is_folded }",
  isColumnTest: true,
  parameters: [
    ...TO,
    may("from_condition", "condition", "Which rows are judged."),
    may("to_condition", "expression", "Which rows of the other relation count."),
  ],
  refuses: nothingWrong,
  failingRows: (input) => parentRows(input, sqlGiven(input, "to_condition")),
};
