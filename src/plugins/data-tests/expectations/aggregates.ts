/** dbt-expectations' kinds on a number over one column: its mean, its different values, its quantiles. */
import type { DataTest } from "../../../domain/contracts/data-test.ts";
import { ident, type Sql, sql } from "../../../domain/sql.ts";
import { relationGiven, sqlGiven, textGiven } from "../arguments-given.ts";
import { boundsOf } from "../bounds.ts";
import { type ColumnMeasure, measuredColumn } from "../column-measure.ts";
import { distinctCount } from "../distinct-count-between.ts";
import { greatest, least } from "../extreme-between.ts";
import { mean } from "../mean-between.ts";
import { filterOf, measured, measuredQuery } from "../measured.ts";
import { BOUNDS, may, needed, needsOneOf } from "../parameters.ts";
import { QUANTILE, quantile } from "../quantile-between.ts";
import { sum } from "../sum-between.ts";
import { testedColumn, testedName } from "../tested-column.ts";
import { expectation, GROUP_BY, ROW_CONDITION, STRICTLY } from "./alias.ts";

const median: ColumnMeasure = {
  what: "median",
  value: (column, filter) => sql`percentile_cont(0.5) within group (order by ${column})${filter}`,
  pace: "serial",
};

const deviation: ColumnMeasure = {
  what: "standard deviation",
  value: (column, filter) => sql`stddev(${column})${filter}`,
  pace: "parallel",
};

const uniqueShare: ColumnMeasure = {
  what: "share of different values",
  value: (column, filter) =>
    sql`case when count(${column})${filter} = 0 then 1 else (count(distinct ${column})${filter})::numeric / nullif(count(${column})${filter}, 0) end`,
  pace: "serial",
};

const between = (name: string, measure: ColumnMeasure): DataTest =>
  expectation({
    name,
    description: `The ${measure.what} of the column lies between the bounds.`,
    parameters: [...(measure === quantile ? [QUANTILE] : []), ...BOUNDS, STRICTLY, GROUP_BY, ROW_CONDITION],
    refuses: needsOneOf("min_value", "max_value"),
    failingRows: (input) => measuredColumn(input, measure),
  });

/** The number of different values, compared with `value`. */
const counted = (name: string, operator: Sql, words: string): DataTest =>
  expectation({
    name,
    description: `The number of different values in the column is ${words} \`value\`.`,
    parameters: [needed("value", "expression", "The number."), GROUP_BY, ROW_CONDITION],
    failingRows: (input) => {
      const { isOutside, inWords } = boundsOf([{ operator, value: sqlGiven(input, "value") ?? sql`0` }]);
      return measured(input, {
        what: `${distinctCount.what} of ${testedName(input)}`,
        value: (filter) => distinctCount.value(testedColumn(input), filter, input),
        fails: isOutside,
        bound: inWords,
        apart: testedName(input),
      });
    },
  });

const distinctElsewhere: DataTest = expectation({
  name: "expect_column_distinct_count_to_equal_other_table",
  description: "There are as many different values as in a column of another relation.",
  parameters: [
    needed("compare_model", "reference", "The other relation."),
    may("compare_column_name", "column", "Its column, where that has another name."),
    ROW_CONDITION,
    may("compare_row_condition", "expression", "Which rows of the other relation count; as `row_condition`."),
  ],
  failingRows: (input) => {
    const condition = sqlGiven(input, "compare_row_condition") ?? sqlGiven(input, "row_condition");
    const column = ident(textGiven(input, "compare_column_name") ?? testedName(input));
    const where = condition === undefined ? sql`` : sql` where (\n${condition}\n)`;
    const theirs = sql`(select count(distinct ${column}) from ${relationGiven(input, "compare_model")} as o${where})`;
    const ours = sql`count(distinct ${testedColumn(input)})${filterOf(input)}`;
    const off = sql`abs(${ours} - ${theirs})`;
    const what = `${distinctCount.what} of ${testedName(input)}`;
    return {
      kind: "measured",
      failures: off,
      query: measuredQuery(input, what, ours, sql`'= ' || ${theirs}`, sql`${off} <> 0`),
      apart: testedName(input),
      needs: undefined,
    };
  },
});

export const aggregateExpectations: readonly DataTest[] = [
  between("expect_column_mean_to_be_between", mean),
  between("expect_column_median_to_be_between", median),
  between("expect_column_quantile_values_to_be_between", quantile),
  between("expect_column_stdev_to_be_between", deviation),
  between("expect_column_sum_to_be_between", sum),
  between("expect_column_min_to_be_between", least),
  between("expect_column_max_to_be_between", greatest),
  between("expect_column_unique_value_count_to_be_between", distinctCount),
  between("expect_column_proportion_of_unique_values_to_be_between", uniqueShare),
  counted("expect_column_distinct_count_to_equal", sql`=`, "equal to"),
  counted("expect_column_distinct_count_to_be_greater_than", sql`>`, "greater than"),
  counted("expect_column_distinct_count_to_be_less_than", sql`<`, "less than"),
  distinctElsewhere,
];
