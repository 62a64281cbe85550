/** Two relations in, failing rows out where their numbers of rows do not stand to each other as they must. */
import type { DataTestInput, FailingRows } from "../../domain/contracts/data-test.ts";
import { joinSql, literal, type Sql, sql } from "../../domain/sql.ts";
import { columnNames, columnsGiven, listed, relationGiven } from "./arguments-given.ts";
import { filterOf, measuredQuery } from "./measured.ts";
import { testedRows } from "./tested-rows.ts";

type Comparison = {
  /** How far off a pair of numbers is; 0 where it is right. */
  readonly off: (ours: Sql, theirs: Sql) => Sql;
  /** As the number of the other relation is to be read. */
  readonly bound: string;
};

/** Without groups the rows are counted by the scan. */
export const comparedCounts = (input: DataTestInput, comparison: Comparison): FailingRows => {
  const { off, bound } = comparison;
  if (columnsGiven(input, "group_by_columns").length > 0) return ofGroups(input, comparison);
  const theirs = sql`(select count(*) from ${relationGiven(input, "compare_model")} as o)`;
  const ours = sql`count(*)${filterOf(input)}`;
  const failures = off(ours, theirs);
  return {
    kind: "measured",
    failures,
    query: measuredQuery(input, "rows", ours, sql`${literal(bound)} || ${theirs}`, sql`${failures} <> 0`),
    apart: undefined,
    needs: undefined,
  };
};

/** A group that only one of them has counts 0 in the other. NULL is a group, so both are stacked instead of joined. */
const ofGroups = (input: DataTestInput, { off }: Comparison): FailingRows => {
  const names = columnNames(input, "group_by_columns");
  const groups = columnsGiven(input, "group_by_columns");
  const named = joinSql(
    groups.map((group, i) => sql`${group} as ${names[i] ?? sql``}`),
    sql`, `,
  );
  const counted = (from: Sql): Sql => sql`select ${named}, count(*) as n from ${from} as t group by ${listed(groups)}`;
  const by = listed(names);
  const both = sql`select ${by}, sum(ours)::bigint as rows, sum(theirs)::bigint as compared from (select ${by}, n as ours, 0 as theirs from (${counted(testedRows(input))}) as a union all select ${by}, 0, n from (${counted(relationGiven(input, "compare_model"))}) as b) as c group by ${by}`;
  return {
    kind: "query",
    query: sql`select * from (${both}) as d where ${off(sql`rows`, sql`compared`)} <> 0`,
    judged: sql`(select count(*) from (${both}) as g)`,
    needs: undefined,
  };
};
