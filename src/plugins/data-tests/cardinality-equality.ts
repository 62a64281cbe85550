/** `cardinality_equality`: a value fails where it stands more often in one column than in the other. */
import type { DataTest } from "../../domain/contracts/data-test.ts";
import { ident, type Sql, sql } from "../../domain/sql.ts";
import { relationGiven, textGiven } from "./arguments-given.ts";
import { nothingWrong } from "./parameters.ts";
import { TO } from "./relationships.ts";
import { testedColumn } from "./tested-column.ts";
import { testedRows } from "./tested-rows.ts";

export const cardinalityEquality: DataTest = {
  name: "cardinality_equality",
  section: "relations",
  description: "Each value stands in the column as often as in `field` of the relation `to`.",
  example: "cardinality_equality: { to: ref('bets'), field: game_id }",
  isColumnTest: true,
  parameters: TO,
  refuses: nothingWrong,
  failingRows: (input) => {
    const ours = counted(testedColumn(input), testedRows(input));
    const theirs = counted(ident(textGiven(input, "field") ?? ""), relationGiven(input, "to"));
    return {
      kind: "query",
      query: sql`with ours as materialized (${ours}), theirs as materialized (${theirs}) select 'here' as side, d.* from (select * from ours except select * from theirs) as d union all select 'there', d.* from (select * from theirs except select * from ours) as d`,
      judged: sql`(select count(*) from (${ours}) as g)`,
      needs: undefined,
    };
  },
};

const counted = (column: Sql, from: Sql): Sql =>
  sql`select ${column} as value, count(*) as num_rows from ${from} as t group by ${column}`;
