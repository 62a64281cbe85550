/** dbt-expectations' kinds on the values of one column. */
import type { DataTest, DataTestInput } from "../../../domain/contracts/data-test.ts";
import { joinSql, type Sql, sql } from "../../../domain/sql.ts";
import { acceptedRange } from "../accepted-range.ts";
import { acceptedValues } from "../accepted-values.ts";
import { isGiven, listGiven, textGiven } from "../arguments-given.ts";
import { typeRows } from "../column-type.ts";
import { decreasing, increasing } from "../increasing.ts";
import { notAcceptedValues } from "../not-accepted-values.ts";
import { notNull } from "../not-null.ts";
import { BOUNDS, may, needed } from "../parameters.ts";
import { testedColumn } from "../tested-column.ts";
import { testedRows } from "../tested-rows.ts";
import { unique } from "../unique.ts";
import { valueLiterals } from "../value-literals.ts";
import { alias, expectation, GROUP_BY, QUOTE_VALUES, ROW_CONDITION, STRICTLY } from "./alias.ts";

const SET = [needed("value_set", "values", "The list of values."), QUOTE_VALUES, ROW_CONDITION];
const OURS = { value_set: "values", quote_values: "quote" };

const ORDERED = [
  may("sort_column", "column", "The order of the rows; the column itself."),
  may("strictly", "boolean", "false: equal neighbours pass."),
  may("step", "number", "The difference of neighbours."),
  GROUP_BY,
  ROW_CONDITION,
];

const setSql = (input: DataTestInput): Sql =>
  valueLiterals(listGiven(input, "value_set"), isGiven(input, "quote_values", "yes") ? "quoted" : "bare") ?? sql`null`;

/** Cast to the column's type by standing in one list with it. */
const setRows = (input: DataTestInput): Sql => {
  const column = testedColumn(input);
  const items = listGiven(input, "value_set").map(
    (value) =>
      sql`select ${valueLiterals([value], isGiven(input, "quote_values", "yes") ? "quoted" : "bare") ?? sql`null`}`,
  );
  const typed = sql`(select t.${column} from ${input.relation} as t where false)`;
  return sql`select v as value from (${joinSql([typed, ...items], sql` union all `)}) as s (v) where v is not null`;
};

const missing = (input: DataTestInput): Sql =>
  sql`select 'not there'::text as what, s.value from (${setRows(input)}) as s where not exists (select from ${testedRows(input)} as t where t.${testedColumn(input)} = s.value)`;

const unexpected = (input: DataTestInput): Sql =>
  sql`select 'not expected'::text as what, t.${testedColumn(input)} as value from ${testedRows(input)} as t where t.${testedColumn(input)} not in (${setSql(input)}) group by t.${testedColumn(input)}`;

export const valueExpectations: readonly DataTest[] = [
  alias("expect_column_values_to_not_be_null", notNull, [ROW_CONDITION]),
  expectation({
    name: "expect_column_values_to_be_null",
    description: "Every row has NULL in the column.",
    parameters: [ROW_CONDITION],
    failingRows: (input) => ({
      kind: "row",
      predicate: sql`${testedColumn(input)} is not null`,
      perValue: undefined,
    }),
  }),
  alias("expect_column_values_to_be_unique", unique, [ROW_CONDITION]),
  alias("expect_column_values_to_be_between", acceptedRange, [...BOUNDS, STRICTLY, ROW_CONDITION]),
  alias("expect_column_values_to_be_in_set", acceptedValues, SET, OURS),
  alias("expect_column_values_to_not_be_in_set", notAcceptedValues, SET, OURS),
  alias("expect_column_distinct_values_to_be_in_set", acceptedValues, SET, OURS),
  expectation({
    name: "expect_column_distinct_values_to_contain_set",
    description: "Each value of the set is there.",
    parameters: SET,
    failingRows: (input) => ({ kind: "query", query: missing(input), judged: undefined, needs: undefined }),
  }),
  expectation({
    name: "expect_column_distinct_values_to_equal_set",
    description: "Each value of the set is there, and no other; NULL passes.",
    parameters: SET,
    failingRows: (input) => ({
      kind: "query",
      query: sql`${missing(input)} union all ${unexpected(input)}`,
      judged: undefined,
      needs: undefined,
    }),
  }),
  alias("expect_column_values_to_be_increasing", increasing, ORDERED),
  alias("expect_column_values_to_be_decreasing", decreasing, ORDERED),
  expectation({
    name: "expect_column_values_to_be_of_type",
    description: "As `column_type`.",
    parameters: [needed("column_type", "text", "The type.")],
    failingRows: (input) => typeRows(input, [textGiven(input, "column_type") ?? ""]),
  }),
  expectation({
    name: "expect_column_values_to_be_in_type_list",
    description: "As `column_type`, of any of the types.",
    parameters: [needed("column_type_list", "values", "The types.")],
    failingRows: (input) => typeRows(input, listGiven(input, "column_type_list").map(String)),
  }),
  expectation({
    name: "expect_column_values_to_have_consistent_casing",
    description: "No two texts differ in upper and lower case alone.",
    parameters: [may("display_inconsistent_columns", "boolean", "Nothing: they are always shown.")],
    failingRows: (input) => {
      const column = testedColumn(input);
      return {
        kind: "query",
        query: sql`select lower(${column}) as value, count(distinct ${column}) as spellings from ${testedRows(input)} as t group by lower(${column}) having count(distinct ${column}) > 1`,
        judged: undefined,
        needs: undefined,
      };
    },
  }),
];
