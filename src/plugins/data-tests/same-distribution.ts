/** `same_distribution`: the values are spread as in another relation, or as on live: by the population stability index. */
import type { DataTest, DataTestInput } from "../../domain/contracts/data-test.ts";
import { joinSql, literal, type Sql, sql } from "../../domain/sql.ts";
import { columnGiven, numberGiven, relationGiven } from "./arguments-given.ts";
import { may } from "./parameters.ts";
import { testedColumn, testedName } from "./tested-column.ts";
import { narrowed, testedRows } from "./tested-rows.ts";

export const sameDistribution: DataTest = {
  name: "same_distribution",
  section: "statistics",
  description:
    "The column's values are spread as in `compare_model`, or as on live before this run: the population stability index over `buckets` is at most `max_index`. NULL is a bucket of its own. With nothing to compare with, it holds.",
  example: "same_distribution: { max_index: 0.1, buckets: 10 }",
  isColumnTest: true,
  parameters: [
    may("compare_model", "reference", "The other relation; live, where none is given."),
    may("compare_column", "column", "Its column, where that has another name."),
    may("max_index", "number", "0.2. Below 0.1 nothing has moved, above 0.25 much has."),
    may("buckets", "number", "10: quantiles of the other relation, or its values where there are no more."),
  ],
  refuses: (given, of) =>
    of === "source" && !given.has("compare_model")
      ? "of a source needs `compare_model`: a run does not make it anew"
      : undefined,
  failingRows: (input) => {
    const isOther = input.arguments.has("compare_model");
    const other = isOther ? relationGiven(input, "compare_model") : input.live;
    if (other === undefined) return { kind: "none", because: "live is not compared with itself" };
    const reference = sql`select ${columnGiven(input, "compare_column") ?? testedColumn(input)} as v from ${isOther ? other : narrowed(other, input)} as o`;
    const current = sql`select ${testedColumn(input)} as v from ${testedRows(input)} as t`;
    const limit = numberGiven(input, "max_index") ?? 0.2;
    return {
      kind: "query",
      query: sql`select ${literal(`population stability index of ${testedName(input)}`)}::text as what, round(index::numeric, 4) as value, ${literal(`<= ${limit}`)}::text as bound from (${indexQuery(input, reference, current)}) as i where index > ${literal(limit)}`,
      judged: sql`1`,
      needs: isOther ? undefined : other,
    };
  },
};

/** A share that is empty counts as this one, or a single new value would be infinitely strange. */
const FLOOR = sql`0.0001`;

/** NULL where one of the two has no rows: then nothing can be said. */
const indexQuery = (input: DataTestInput, reference: Sql, current: Sql): Sql => {
  const buckets = Math.max(Math.trunc(numberGiven(input, "buckets") ?? 10), 2);
  const shares = joinSql(
    Array.from({ length: buckets - 1 }, (_, i) => literal((i + 1) / buckets)),
    sql`, `,
  );
  const few = literal(buckets);
  const edges = sql`select case when (select count(*) from (select from was where v is not null group by v limit ${few} + 1) as d) <= ${few} then array(select v from was where v is not null group by v order by v) else array(select e from unnest((select percentile_disc(array[${shares}]::float8[]) within group (order by v) from was)) as e group by e order by e) end as e`;
  const counted = (from: Sql): Sql =>
    sql`select width_bucket(v, e) as bucket, count(*)::float8 / sum(count(*)) over () as share from ${from}, edges group by 1`;
  return sql`with was as materialized (${reference}), edges as materialized (${edges}), a as (${counted(sql`was`)}), b as (${counted(sql`(${current}) as n`)}), pairs as (select bucket, sum(p) as p, sum(q) as q from (select bucket, share as p, 0 as q from a union all select bucket, 0, share from b) as s group by bucket) select sum((greatest(q, ${FLOOR}) - greatest(p, ${FLOOR})) * ln(greatest(q, ${FLOOR}) / greatest(p, ${FLOOR}))) as index from pairs where exists (select from a) and exists (select from b)`;
};
