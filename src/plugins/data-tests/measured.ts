/** A number over all judged rows and what it must be in, failing rows out: one, with the number beside its bound. */
import type { DataTestInput, FailingRows } from "../../domain/contracts/data-test.ts";
import { literal, type Sql, sql } from "../../domain/sql.ts";
import { columnsGiven, listed } from "./arguments-given.ts";
import { testedRows } from "./tested-rows.ts";

type Measure = {
  /** As a person would say it. */
  readonly what: string;
  /** Made of aggregates, each of them with the filter behind it. */
  readonly value: (filter: Sql) => Sql;
  /** True where the value is wrong. */
  readonly fails: (value: Sql) => Sql;
  readonly bound: string;
  /** See MeasuredRows. */
  readonly apart: string | undefined;
};

/** With groups, a failing one is a row. */
export const measured = (input: DataTestInput, measure: Measure): FailingRows => {
  const groups = columnsGiven(input, "group_by_columns", "group_by");
  if (groups.length > 0) return ofGroups(input, measure, groups);
  const value = measure.value(filterOf(input));
  const fails = measure.fails(value);
  return {
    kind: "measured",
    failures: sql`case when ${fails} then 1 end`,
    query: measuredQuery(input, measure.what, value, literal(measure.bound), fails),
    apart: measure.apart,
    needs: undefined,
  };
};

export const filterOf = ({ where }: DataTestInput): Sql =>
  where === undefined ? sql`` : sql` filter (where (\n${where}\n))`;

/** One row where it fails, for people. */
export const measuredQuery = ({ relation }: DataTestInput, what: string, value: Sql, bound: Sql, fails: Sql): Sql =>
  sql`select ${literal(what)}::text as what, ${value} as value, ${bound}::text as bound from ${relation} as t having ${fails}`;

const ofGroups = (input: DataTestInput, measure: Measure, groups: readonly Sql[]): FailingRows => {
  const value = measure.value(sql``);
  const by = listed(groups);
  const from = testedRows(input);
  return {
    kind: "query",
    query: sql`select ${by}, ${literal(measure.what)}::text as what, ${value} as value, ${literal(measure.bound)}::text as bound from ${from} as t group by ${by} having ${measure.fails(value)}`,
    judged: sql`(select count(*) from (select from ${from} as t group by ${by}) as g)`,
    needs: undefined,
  };
};
