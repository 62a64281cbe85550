/** dbt-expectations' kinds on how many rows there are, how new they are, and on aggregates of two relations. */
import type { DataTest, DataTestInput, FailingRows } from "../../../domain/contracts/data-test.ts";
import { ident, joinSql, literal, type Sql, sql } from "../../../domain/sql.ts";
import {
  columnGiven,
  columnsGiven,
  listed,
  numberGiven,
  relationGiven,
  sqlGiven,
  textGiven,
} from "../arguments-given.ts";
import { boundsOf } from "../bounds.ts";
import { measured } from "../measured.ts";
import { noGaps } from "../no-gaps.ts";
import { BOUNDS, DATEPART, may, needed } from "../parameters.ts";
import { oldestOf } from "../recency.ts";
import { countRows, rowCountBetween } from "../row-count-between.ts";
import { testedColumn, testedName } from "../tested-column.ts";
import { testedRows } from "../tested-rows.ts";
import { alias, expectation, GROUP_BY, ROW_CONDITION, renamed, STRICTLY } from "./alias.ts";

const COMPARED = [
  needed("compare_model", "reference", "The other relation."),
  GROUP_BY,
  may("compare_group_by", "columns", "The other relation's columns for `group_by`."),
  ROW_CONDITION,
  may("compare_row_condition", "expression", "Which rows of the other relation count; as `row_condition`."),
];

const AGE = [
  needed("datepart", DATEPART, "The unit."),
  needed("interval", "number", "How many of them."),
  ROW_CONDITION,
];

/** What lies in the future says nothing about how new the rows are. */
const recent = (input: DataTestInput, column: Sql, name: string): FailingRows =>
  measured(input, {
    what: `latest ${name}`,
    value: (filter) => sql`max(case when ${column} <= now() then ${column} end)${filter}`,
    fails: (value) => sql`coalesce(${value} < ${oldestOf(input)}, true)`,
    bound: `at most ${numberGiven(input, "interval") ?? 0} ${textGiven(input, "datepart") ?? ""} ago`,
    apart: undefined,
  });

/** The expression over both relations, each in its groups; a group that one of them lacks counts 0 there. */
const compared = (input: DataTestInput, ours: Sql, theirs: Sql): FailingRows => {
  const groups = columnsGiven(input, "group_by");
  const otherGroups = columnsGiven(input, "compare_group_by");
  const names = groups.map((_, i) => ident(`group ${i + 1}`));
  const condition = sqlGiven(input, "compare_row_condition") ?? sqlGiven(input, "row_condition");
  const other = sql`${relationGiven(input, "compare_model")} as t${condition === undefined ? sql`` : sql` where (\n${condition}\n)`}`;
  const side = (by: readonly Sql[], from: Sql, here: Sql, there: Sql): Sql => {
    const named = by.map((g, i) => sql`${g} as ${names[i] ?? sql``}, `);
    return sql`select ${joinSql(named, sql``)}${here} as here, ${there} as there from ${from}${by.length === 0 ? sql`` : sql` group by ${listed(by)}`}`;
  };
  const sides = [
    side(groups, sql`${testedRows(input)} as t`, sql`(\n${ours}\n)`, sql`0`),
    side(otherGroups.length > 0 ? otherGroups : groups, other, sql`0`, sql`(\n${theirs}\n)`),
  ];
  const by = names.length === 0 ? sql`` : sql` group by ${listed(names)}`;
  const shown = names.length === 0 ? sql`` : sql`${listed(names)}, `;
  const both = sql`select ${shown}coalesce(sum(here), 0) as here, coalesce(sum(there), 0) as there from (${joinSql(sides, sql` union all `)}) as s${by}`;
  const share = numberGiven(input, "tolerance_percent");
  const isFar =
    share === undefined
      ? sql`abs(here - there) > ${literal(numberGiven(input, "tolerance") ?? 0)}`
      : sql`abs(here - there) / nullif(abs(here), 0)::numeric > ${literal(share)}`;
  return {
    kind: "query",
    query: sql`select * from (${both}) as d where ${isFar}`,
    judged: names.length === 0 ? sql`1` : sql`(select count(*) from (${both}) as g)`,
    needs: undefined,
  };
};

const countsAs = (name: string, isFactorNeeded: "needed" | "optional"): DataTest =>
  expectation({
    name,
    description: "There are as many rows as in another relation, times `factor`, in each group too.",
    isColumnTest: false,
    parameters: [
      ...COMPARED,
      (isFactorNeeded === "needed" ? needed : may)("factor", "number", "By what the other number is multiplied."),
    ],
    failingRows: (input) =>
      compared(input, sql`count(*)`, sql`count(*) * ${literal(numberGiven(input, "factor") ?? 1)}`),
  });

export const rowExpectations: readonly DataTest[] = [
  alias("expect_table_row_count_to_be_between", rowCountBetween, [...BOUNDS, STRICTLY, GROUP_BY, ROW_CONDITION]),
  expectation({
    name: "expect_table_row_count_to_equal",
    description: "There are `value` rows, in each group too.",
    isColumnTest: false,
    parameters: [needed("value", "expression", "How many."), GROUP_BY, ROW_CONDITION],
    failingRows: (input) =>
      countRows(input, boundsOf([{ operator: sql`=`, value: sqlGiven(input, "value") ?? sql`0` }])),
  }),
  countsAs("expect_table_row_count_to_equal_other_table", "optional"),
  countsAs("expect_table_row_count_to_equal_other_table_times_factor", "needed"),
  expectation({
    name: "expect_table_aggregation_to_equal_other_table",
    description: "An aggregate is the same over two relations, in each group too.",
    isColumnTest: false,
    parameters: [
      needed("expression", "expression", "The aggregate: `sum(amount)`."),
      may("compare_expression", "expression", "That of the other relation, where it is another."),
      ...COMPARED,
      may("tolerance", "number", "By how much they may differ."),
      may("tolerance_percent", "number", "By which share: 0.01 is a hundredth."),
    ],
    failingRows: (input) => {
      const ours = sqlGiven(input, "expression") ?? sql`0`;
      return compared(input, ours, sqlGiven(input, "compare_expression") ?? ours);
    },
  }),
  expectation({
    name: "expect_row_values_to_have_recent_data",
    description: "The latest time in the column that has passed is at most so long ago.",
    parameters: AGE,
    failingRows: (input) => recent(input, testedColumn(input), testedName(input)),
  }),
  expectation({
    name: "expect_grouped_row_values_to_have_recent_data",
    description: "The same for each group.",
    isColumnTest: false,
    parameters: [
      needed("group_by", "columns", "The groups."),
      needed("timestamp_column", "column", "The column of times."),
      ...AGE,
    ],
    failingRows: (input) =>
      recent(input, columnGiven(input, "timestamp_column") ?? sql``, textGiven(input, "timestamp_column") ?? ""),
  }),
  expectation({
    name: "expect_row_values_to_have_data_for_every_n_datepart",
    description: "As `no_gaps` with `datepart`.",
    isColumnTest: false,
    parameters: [
      needed("date_col", "column", "The column of dates."),
      may("date_part", DATEPART, "The unit: `day`."),
      may("interval", "number", "How many of them from one to the next: 1."),
      ROW_CONDITION,
    ],
    failingRows: (input) => {
      const span = input.arguments.get("date_col")?.span ?? undefined;
      const given = new Map(input.arguments);
      if (!given.has("date_part") && span !== undefined) given.set("date_part", { kind: "value", value: "day", span });
      const column = textGiven(input, "date_col");
      return noGaps.failingRows({ ...renamed({ ...input, arguments: given }, { date_part: "datepart" }), column });
    },
  }),
];
