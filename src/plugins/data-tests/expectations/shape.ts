/** dbt-expectations' kinds on which columns a relation has. They are asked of an empty row, not of the catalog. */
import type { DataTest, DataTestInput, FailingRows } from "../../../domain/contracts/data-test.ts";
import { literal, type Sql, sql } from "../../../domain/sql.ts";
import { listGiven, numberGiven, relationGiven, textGiven } from "../arguments-given.ts";
import { boundsGiven } from "../bounds.ts";
import { BOUNDS, may, needed, needsOneOf } from "../parameters.ts";
import { columnRows } from "../relation-columns.ts";
import { testedName } from "../tested-column.ts";
import { expectation } from "./alias.ts";

const TRANSFORM = may(
  "transform",
  { oneOf: ["upper", "lower", "none"] },
  "`upper` and `lower` compare without regard to case, as dbt does; `none` exactly.",
);

const LIST = [needed("column_list", "values", "The names."), TRANSFORM];

const alike = (input: DataTestInput, name: Sql): Sql =>
  textGiven(input, "transform") === "none" ? name : sql`lower(${name})`;

const there = (input: DataTestInput): Sql =>
  sql`select ${alike(input, sql`column_name`)} as name, place, column_name from (${columnRows(input.relation)}) as c`;

const expected = (input: DataTestInput): Sql => {
  const names = literal(JSON.stringify(listGiven(input, "column_list").map(String)));
  return sql`select ${alike(input, sql`l.value`)} as name, l.place, l.value as column_name from jsonb_array_elements_text(${names}::jsonb) with ordinality as l (value, place)`;
};

const differing = (what: string, from: Sql, besides: Sql, also: Sql = sql``): Sql =>
  sql`select ${literal(what)}::text as what, a.column_name from (${from}) as a where not exists (select from (${besides}) as b where b.name = a.name${also})`;

const rows = (query: Sql): FailingRows => ({ kind: "query", query, judged: sql`1`, needs: undefined });

const countQuery = (relation: Sql): Sql => sql`(select count(*) from (${columnRows(relation)}) as c)`;

const whole = (own: Pick<DataTest, "name" | "description" | "parameters" | "failingRows">): DataTest =>
  expectation({ ...own, isColumnTest: false });

export const shapeExpectations: readonly DataTest[] = [
  expectation({
    name: "expect_column_to_exist",
    description: "The relation has the column, at that place where `column_index` says so.",
    parameters: [may("column_index", "number", "From 1."), TRANSFORM],
    failingRows: (input) => {
      const place = numberGiven(input, "column_index");
      const isThere = sql`c.name = ${alike(input, sql`${literal(testedName(input))}::text`)}`;
      const at = place === undefined ? sql`` : sql` and c.place = ${literal(place)}`;
      return rows(
        sql`select ${literal(testedName(input))}::text as column_name, (select place from (${there(input)}) as c where ${isThere}) as place where not exists (select from (${there(input)}) as c where ${isThere}${at})`,
      );
    },
  }),
  whole({
    name: "expect_table_columns_to_contain_set",
    description: "The relation has each of the columns.",
    parameters: LIST,
    failingRows: (input) => rows(differing("not there", expected(input), there(input))),
  }),
  whole({
    name: "expect_table_columns_to_not_contain_set",
    description: "The relation has none of the columns.",
    parameters: LIST,
    failingRows: (input) =>
      rows(
        sql`select 'not expected'::text as what, a.column_name from (${there(input)}) as a where exists (select from (${expected(input)}) as b where b.name = a.name)`,
      ),
  }),
  whole({
    name: "expect_table_columns_to_match_set",
    description: "The relation has each of the columns, and no other.",
    parameters: LIST,
    failingRows: (input) =>
      rows(
        sql`${differing("not there", expected(input), there(input))} union all ${differing("not expected", there(input), expected(input))}`,
      ),
  }),
  whole({
    name: "expect_table_columns_to_match_ordered_list",
    description: "The relation has these columns in this order, and no other.",
    parameters: LIST,
    failingRows: (input) => {
      const at = sql` and b.place = a.place`;
      return rows(
        sql`${differing("not there", expected(input), there(input), at)} union all ${differing("not expected", there(input), expected(input), at)}`,
      );
    },
  }),
  expectation({
    name: "expect_table_column_count_to_be_between",
    description: "The number of columns lies between the bounds.",
    isColumnTest: false,
    parameters: [...BOUNDS],
    refuses: needsOneOf("min_value", "max_value"),
    failingRows: (input) => {
      const { isOutside, inWords } = boundsGiven(input);
      return rows(
        sql`select 'columns'::text as what, n as value, ${literal(inWords)}::text as bound from (select ${countQuery(input.relation)} as n) as c where ${isOutside(sql`n`)}`,
      );
    },
  }),
  whole({
    name: "expect_table_column_count_to_equal",
    description: "The relation has `value` columns.",
    parameters: [needed("value", "number", "How many.")],
    failingRows: (input) => {
      const value = numberGiven(input, "value") ?? 0;
      return rows(
        sql`select 'columns'::text as what, n as value, ${literal(`= ${value}`)}::text as bound from (select ${countQuery(input.relation)} as n) as c where n <> ${literal(value)}`,
      );
    },
  }),
  whole({
    name: "expect_table_column_count_to_equal_other_table",
    description: "The relation has as many columns as another one.",
    parameters: [needed("compare_model", "reference", "The other relation.")],
    failingRows: (input) =>
      rows(
        sql`select 'columns'::text as what, n as value, '= ' || o as bound from (select ${countQuery(input.relation)} as n, ${countQuery(relationGiven(input, "compare_model"))} as o) as c where n <> o`,
      ),
  }),
];
