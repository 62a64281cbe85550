/**
 * How it is found that keys tell rows apart. Equal keys have equal hashes, so hashes that all differ are a proof; where
 * two are the same, only the query of the duplicates knows.
 */
import type { CompiledTest } from "../../domain/compiled.ts";
import { ident, joinSql, type Sql, sql, textOf } from "../../domain/sql.ts";
import { isBig, type RelationFacts, type TestFacts } from "../../domain/test-facts.ts";
import type { TestCheck, TestStatement } from "../../domain/test-plan.ts";
import { whereOf } from "../../domain/test-sql.ts";
import { queryStatement } from "./test-queries.ts";

type Key = Extract<CompiledTest["failing"], { kind: "key" }>;

/** In the scan of a small relation, which no server would read in parallel. */
export const keyCheck = (test: CompiledTest, facts: TestFacts): TestCheck => {
  const { columns, nulls } = keyOf(test);
  const [only, ...others] = columns.map((c) => sql`t.${ident(c)}`);
  const isPlain = only !== undefined && others.length === 0 && nulls === "left out";
  const key = isPlain
    ? only
    : sql`row(${joinSql(
        columns.map((c) => sql`t.${ident(c)}`),
        sql`, `,
      )})`;
  const conditions = [
    ...(isPlain || nulls === "equal" ? [] : [allKnown(columns)]),
    ...(test.where === undefined ? [] : [sql`(\n${test.where}\n)`]),
  ];
  const filter = conditions.length === 0 ? sql`` : sql` filter (where ${joinSql(conditions, sql` and `)})`;
  return {
    tests: [test],
    failures: sql`count(${isPlain ? key : sql`*`})${filter} - count(distinct ${key})${filter}`,
    judged: test.where === undefined ? "all rows" : sql`count(*) filter (where (\n${test.where}\n))`,
    how: "scan",
    onFailure: () => queryStatement([test], facts),
  };
};

/** Tests of one key in a statement of their own; of types that have no hash, the query at once. */
export const hashStatement = (tests: readonly CompiledTest[], facts: TestFacts): TestStatement => {
  const exact = queryStatement(tests, facts);
  const [test] = tests;
  const relation = test?.relation;
  const own = relation === undefined ? undefined : facts.relations.get(textOf(relation));
  if (test === undefined || relation === undefined || own === undefined) return exact;
  const hash = hashOf(keyOf(test), own);
  if (hash === undefined) return exact;
  return {
    name: `hashes of ${test.node.name}`,
    // Without the fence the planner sorts whole rows for the distinct aggregate.
    from: sql`(select ${hash} as h from ${relation} as t${whereOf(test)} offset 0) as hashes`,
    reads: "rows",
    checks: [
      {
        tests,
        failures: sql`count(h) - count(distinct h)`,
        judged: "all rows",
        how: "hashes",
        onFailure: () => exact,
      },
    ],
    size: isBig(own) ? "big" : "small",
  };
};

const hashOf = ({ columns, nulls }: Key, { columns: types, notNull }: RelationFacts): Sql | undefined => {
  const keys = columns.map((c) => sql`t.${ident(c)}`);
  const [first, second, ...others] = keys;
  const has = (...wanted: readonly string[]): boolean => columns.every((c) => wanted.includes(types.get(c) ?? ""));
  const isKnown = nulls === "left out" || columns.every((c) => notNull.has(c));
  if (first === undefined || !has(...HASHED)) return undefined;
  if (second === undefined && isKnown && has("int2", "int4", "int8", "date")) return first;
  if (second === undefined && isKnown && has("text", "varchar")) return sql`hashtextextended(${first}, 0)`;
  if (second !== undefined && others.length === 0 && isKnown && has("int2", "int4"))
    return sql`(${first}::bigint << 32) | (${second}::bigint & 4294967295)`;
  const hashed = sql`hash_record_extended(row(${joinSql(keys, sql`, `)}), 0)`;
  return nulls === "equal" ? hashed : sql`case when ${allKnown(columns)} then ${hashed} end`;
};

/** Types with a hash of 64 bits on every server. */
const HASHED = [
  ..."bool bpchar bytea char date enum float4 float8 inet int2 int4 int8 interval macaddr name numeric oid text time".split(
    " ",
  ),
  ..."timestamp timestamptz timetz uuid varchar jsonb".split(" "),
];

const keyOf = ({ failing, node }: CompiledTest): Key => {
  if (failing.kind !== "key") throw new Error(`${node.id} is no test of a key`);
  return failing;
};

const allKnown = (columns: readonly string[]): Sql =>
  joinSql(
    columns.map((c) => sql`t.${ident(c)} is not null`),
    sql` and `,
  );
