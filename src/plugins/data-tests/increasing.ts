/** `increasing` and `decreasing`: a row fails where its value does not go on in the direction of the one before. */
import type { DataTest, DataTestInput, FailingRows } from "../../domain/contracts/data-test.ts";
import { literal, type Sql, sql } from "../../domain/sql.ts";
import { columnGiven, columnsGiven, isGiven, listed, numberGiven } from "./arguments-given.ts";
import { GROUPED, may, nothingWrong } from "./parameters.ts";
import { testedColumn } from "./tested-column.ts";
import { testedRows } from "./tested-rows.ts";

const DIRECTED = [
  may("sort_column", "column", "The order of the rows, `game_date, game_order` too; the column itself."),
  may("strictly", "boolean", "false: equal neighbours pass."),
  may("step", "number", "The difference of neighbours must be just this."),
] as const;

export const increasing: DataTest = {
  name: "increasing",
  section: "order",
  description:
    "In the order of `sort_column`, each value is greater than the one before, within each group; NULL is left out.",
  example: "increasing: { sort_column: game_date, group_by_columns: [team_id], strictly: false }",
  isColumnTest: true,
  parameters: [...DIRECTED, GROUPED],
  refuses: nothingWrong,
  failingRows: (input) => directed(input, "up"),
};

export const decreasing: DataTest = {
  ...increasing,
  name: "decreasing",
  description:
    "In the order of `sort_column`, each value is less than the one before, within each group; NULL is left out.",
  example: undefined,
  failingRows: (input) => directed(input, "down"),
};

const directed = (input: DataTestInput, direction: "up" | "down"): FailingRows => {
  const column = testedColumn(input);
  const groups = columnsGiven(input, "group_by_columns", "group_by");
  const partition = groups.length === 0 ? sql`` : sql`partition by ${listed(groups)} `;
  const order = columnGiven(input, "sort_column") ?? column;
  const operator = operatorOf(direction, isGiven(input, "strictly", "yes") ? "strict" : "or equal");
  const step = numberGiven(input, "step");
  // `step: 1` of `decreasing` is one down.
  const stride = direction === "up" ? sql`(${column} - galley_previous)` : sql`(galley_previous - ${column})`;
  const isOff = step === undefined ? sql`` : sql` or ${stride} <> ${literal(step)}`;
  return {
    kind: "query",
    query: sql`select * from (select t.*, lag(${column}) over (${partition}order by ${order}) as galley_previous from ${testedRows(input)} as t where ${column} is not null) as w where not (${column} ${operator} galley_previous)${isOff}`,
    judged: undefined,
    needs: undefined,
  };
};

const operatorOf = (direction: "up" | "down", kind: "strict" | "or equal"): Sql => {
  if (direction === "up") return kind === "strict" ? sql`>` : sql`>=`;
  return kind === "strict" ? sql`<` : sql`<=`;
};
