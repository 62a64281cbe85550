/** dbt-expectations' kinds on several columns of a row, and on a relation's rows as a whole. */
import type { DataTest, DataTestInput, FailingRows } from "../../../domain/contracts/data-test.ts";
import { joinSql, type Sql, sql } from "../../../domain/sql.ts";
import {
  columnGiven,
  columnsGiven,
  isExpression,
  isGiven,
  listed,
  listGiven,
  sqlGiven,
  textGiven,
} from "../arguments-given.ts";
import { boundsGiven } from "../bounds.ts";
import { filterOf, measured } from "../measured.ts";
import { BOUNDS, GROUPED, may, needed, needsOneOf } from "../parameters.ts";
import { testedRows } from "../tested-rows.ts";
import { expectation, GROUP_BY, ROW_CONDITION, STRICTLY } from "./alias.ts";

const PAIR = [needed("column_A", "column", "A."), needed("column_B", "column", "B.")];

const LIST = [
  needed("column_list", "columns", "The columns."),
  may("quote_columns", "boolean", "Nothing: names are quoted always."),
  may(
    "ignore_row_if",
    { oneOf: ["all_values_are_missing", "any_value_is_missing"] },
    "Rows in which all of them are NULL are left out (the default), or those in which any is.",
  ),
  ROW_CONDITION,
];

const pair = (input: DataTestInput, operator: Sql): FailingRows => ({
  kind: "row",
  predicate: sql`not (${columnGiven(input, "column_A") ?? sql``} ${operator} ${columnGiven(input, "column_B") ?? sql``})`,
  perValue: undefined,
});

/** The rows that count, as `ignore_row_if` has it. */
const kept = (input: DataTestInput): Sql =>
  joinSql(
    columnsGiven(input, "column_list").map((column) => sql`${column} is not null`),
    ignoresAny(input) ? sql` and ` : sql` or `,
  );

const ignoresAny = (input: DataTestInput): boolean => textGiven(input, "ignore_row_if") === "any_value_is_missing";

const compound = (input: DataTestInput): FailingRows => {
  const by = listed(columnsGiven(input, "column_list"));
  const names = listGiven(input, "column_list").map(String);
  const query = sql`select ${by}, count(*) as n_records from ${testedRows(input)} as t where ${kept(input)} group by ${by} having count(*) > 1`;
  return ignoresAny(input) && !names.some(isExpression)
    ? { kind: "key", columns: names, nulls: "left out", query }
    : { kind: "query", query, judged: undefined, needs: undefined };
};

const withinRecord = (input: DataTestInput): FailingRows => {
  const columns = columnsGiven(input, "column_list");
  const values = listed(columns.map((column) => sql`(${column}::text)`));
  return {
    kind: "row",
    predicate: sql`(${kept(input)}) and (select count(distinct v) from (values ${values}) as x (v)) < ${countOf(columns)}`,
    perValue: undefined,
  };
};

/** NULL is no value that another one could repeat. */
const countOf = (columns: readonly Sql[]): Sql => sql`num_nonnulls(${listed(columns)})`;

const sumsTo = (input: DataTestInput): FailingRows => {
  const given = textGiven(input, "sum_total") ?? "";
  const isNumber = !Number.isNaN(Number(given));
  const total = sqlGiven(input, "sum_total") ?? sql`null`;
  // Groups narrow their rows before they are summed up.
  const isGrouped = columnsGiven(input, "group_by").length > 0;
  const sums = isNumber ? sql`(\n${total}\n)` : sql`sum(\n${total}\n)${isGrouped ? sql`` : filterOf(input)}`;
  return measured(input, {
    what: `sum of ${listGiven(input, "column_list").join(" + ")}`,
    value: (filter) =>
      joinSql(
        columnsGiven(input, "column_list").map((column) => sql`sum(${column})${filter}`),
        sql` + `,
      ),
    fails: (value) => sql`not ((${value}) = ${sums})`,
    bound: `= ${isNumber ? given : `sum of ${given}`}`,
    apart: undefined,
  });
};

/** Of rows, or of all of them where it is made of aggregates: it stands in a list of results, so both are right. */
const expressionBetween = (input: DataTestInput): FailingRows => {
  const expression = sqlGiven(input, "expression") ?? sql`null`;
  const groups = columnsGiven(input, "group_by_columns");
  const by = groups.length === 0 ? sql`` : sql` group by ${listed(groups)}`;
  const shown = groups.length === 0 ? sql`` : sql`${listed(groups)}, `;
  const { isOutside } = boundsGiven(input);
  return {
    kind: "query",
    query: sql`select * from (select ${shown}(\n${expression}\n) as galley_value from ${testedRows(input)} as t${by}) as v where ${isOutside(sql`galley_value`)}`,
    judged: undefined,
    needs: undefined,
  };
};

export const severalColumnExpectations: readonly DataTest[] = [
  expectation({
    name: "expect_column_pair_values_A_to_be_greater_than_B",
    description: "In each row, A is greater than B; NULL passes.",
    isColumnTest: false,
    parameters: [...PAIR, may("or_equal", "boolean", "true: equal passes."), ROW_CONDITION],
    failingRows: (input) => pair(input, isGiven(input, "or_equal", "no") ? sql`>=` : sql`>`),
  }),
  expectation({
    name: "expect_column_pair_values_to_be_equal",
    description: "In each row, A is equal to B; NULL passes.",
    isColumnTest: false,
    parameters: [...PAIR, ROW_CONDITION],
    failingRows: (input) => pair(input, sql`=`),
  }),
  expectation({
    name: "expect_compound_columns_to_be_unique",
    description: "No two rows have the same values in all of the columns.",
    isColumnTest: false,
    parameters: LIST,
    failingRows: compound,
  }),
  expectation({
    name: "expect_select_column_values_to_be_unique_within_record",
    description: "In each row, the columns hold different values; NULL passes.",
    isColumnTest: false,
    parameters: LIST,
    failingRows: withinRecord,
  }),
  expectation({
    name: "expect_multicolumn_sum_to_equal",
    description: "The sums of the columns add up to `sum_total`.",
    isColumnTest: false,
    parameters: [
      needed("column_list", "columns", "The columns."),
      needed("sum_total", "expression", "The total: a number, or a column that is summed up too."),
      GROUP_BY,
      ROW_CONDITION,
    ],
    failingRows: sumsTo,
  }),
  expectation({
    name: "expression_between",
    description: "The SQL lies between the bounds: in each row, or, made of aggregates, for all rows or each group.",
    isColumnTest: false,
    parameters: [needed("expression", "expression", "The SQL."), ...BOUNDS, GROUPED, STRICTLY, ROW_CONDITION],
    refuses: needsOneOf("min_value", "max_value"),
    failingRows: expressionBetween,
  }),
];
