/** `expression_is_true`: a row fails where the expression is false; on a column, the column stands before it. */
import type { DataTest, DataTestInput } from "../../domain/contracts/data-test.ts";
import { ident, type Sql, sql, textOf } from "../../domain/sql.ts";
import { columnsGiven, enclosed, listed, sqlGiven } from "./arguments-given.ts";
import { GROUPED, may, needed, nothingWrong } from "./parameters.ts";
import { testedRows } from "./tested-rows.ts";

export const expressionIsTrue: DataTest = {
  name: "expression_is_true",
  section: "values",
  description:
    "The SQL holds for each row; NULL passes. On a column it goes on behind the column's name. Made of aggregates, it is about all rows, or about each group.",
  example: 'expression_is_true: { expression: "closing = opening + profit" }',
  isColumnTest: false,
  parameters: [
    needed("expression", "expression", 'SQL: `points = 2 * wins + draws`; on a column `">= 0"`.'),
    may("test_condition", "expression", "dbt-expectations' comparison behind the expression; `= true`."),
    GROUPED,
    may("row_condition", "condition", "Which rows are judged."),
  ],
  refuses: nothingWrong,
  failingRows: (input) => {
    const expression = expressionOf(input);
    const groups = columnsGiven(input, "group_by_columns");
    if (groups.length === 0 && !AGGREGATE.test(textOf(expression)))
      return { kind: "row", predicate: sql`not ${enclosed(expression)}`, perValue: undefined };
    const by = listed(groups);
    const isGrouped = groups.length > 0;
    return {
      kind: "query",
      query: sql`select ${isGrouped ? sql`${by}, ` : sql``}${enclosed(expression)} as holds from ${testedRows(input)} as t${isGrouped ? sql` group by ${by}` : sql``} having not ${enclosed(expression)}`,
      judged: isGrouped
        ? sql`(select count(*) from (select from ${testedRows(input)} as t group by ${by}) as g)`
        : undefined,
      needs: undefined,
    };
  },
};

/** Not over a window, which has no groups. */
const AGGREGATE =
  /\b(?:count|sum|avg|min|max|bool_and|bool_or|every|stddev\w*|var\w+|array_agg|string_agg|percentile_\w+|corr)\s*\((?![^()]*\)\s*over\b)/i;

const expressionOf = (input: DataTestInput): Sql => {
  const given = sqlGiven(input, "expression") ?? sql`true`;
  const condition = sqlGiven(input, "test_condition");
  const whole = input.column === undefined ? given : sql`${ident(input.column)} ${given}`;
  return condition === undefined ? whole : sql`${enclosed(whole)} ${condition}`;
};
