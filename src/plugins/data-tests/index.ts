/** The kinds of generic data tests, by the names of dbt, of dbt-utils and of dbt-expectations. */
import type { DataTest, DataTests } from "../../domain/contracts/data-test.ts";
import { acceptedRange } from "./accepted-range.ts";
import { acceptedValues } from "./accepted-values.ts";
import { atLeastOne } from "./at-least-one.ts";
import { cardinalityEquality } from "./cardinality-equality.ts";
import { columnType } from "./column-type.ts";
import { distinctCountBetween } from "./distinct-count-between.ts";
import { equalRowcount } from "./equal-rowcount.ts";
import { equality } from "./equality.ts";
import { expectations } from "./expectations/index.ts";
import { expressionIsTrue } from "./expression-is-true.ts";
import { maxBetween, minBetween } from "./extreme-between.ts";
import { fewerRowsThan } from "./fewer-rows-than.ts";
import { decreasing, increasing } from "./increasing.ts";
import { matchesRegex, notMatchesRegex } from "./matches-regex.ts";
import { meanBetween } from "./mean-between.ts";
import { mutuallyExclusiveRanges } from "./mutually-exclusive-ranges.ts";
import { noGaps } from "./no-gaps.ts";
import { notAcceptedValues } from "./not-accepted-values.ts";
import { notConstant } from "./not-constant.ts";
import { notEmptyString } from "./not-empty-string.ts";
import { notNull, notNullWhere } from "./not-null.ts";
import { notNullProportion } from "./not-null-proportion.ts";
import { pointInTime } from "./point-in-time.ts";
import { quantileBetween } from "./quantile-between.ts";
import { recency } from "./recency.ts";
import { relationships } from "./relationships.ts";
import { relationshipsWhere } from "./relationships-where.ts";
import { rowCountBetween } from "./row-count-between.ts";
import { rowCountChange } from "./row-count-change.ts";
import { sameDistribution } from "./same-distribution.ts";
import { sequentialValues } from "./sequential-values.ts";
import { sumBetween } from "./sum-between.ts";
import { unique, uniqueWhere } from "./unique.ts";
import { uniqueCombinationOfColumns } from "./unique-combination-of-columns.ts";
import { valuesInSetOfQuery } from "./values-in-set-of-query.ts";

const all: readonly DataTest[] = [
  unique,
  uniqueCombinationOfColumns,
  relationships,
  relationshipsWhere,
  valuesInSetOfQuery,
  uniqueWhere,
  notNull,
  acceptedValues,
  notAcceptedValues,
  acceptedRange,
  expressionIsTrue,
  matchesRegex,
  notMatchesRegex,
  notEmptyString,
  notNullProportion,
  atLeastOne,
  notConstant,
  notNullWhere,
  rowCountBetween,
  rowCountChange,
  equalRowcount,
  fewerRowsThan,
  equality,
  cardinalityEquality,
  recency,
  noGaps,
  sequentialValues,
  increasing,
  decreasing,
  mutuallyExclusiveRanges,
  meanBetween,
  sumBetween,
  minBetween,
  maxBetween,
  quantileBetween,
  distinctCountBetween,
  sameDistribution,
  columnType,
  pointInTime,
  ...expectations,
];

export const dataTests: DataTests = new Map(all.map((test) => [test.name, test]));
