/** `equality`: two relations have the same rows, as often; failures are the rows that only one of them has. */
import type { DataTest, DataTestInput, FailingRows } from "../../domain/contracts/data-test.ts";
import type { TestArgument } from "../../domain/manifest.ts";
import { ident, joinSql, literal, type Sql, sql } from "../../domain/sql.ts";
import { columnsGiven, listed, listGiven, numberGiven, relationGiven } from "./arguments-given.ts";
import { COMPARED } from "./equal-rowcount.ts";
import { may } from "./parameters.ts";
import { testedRows } from "./tested-rows.ts";

export const equality: DataTest = {
  name: "equality",
  section: "relations",
  description:
    "The rows are those of `compare_model`, each as often. With `tolerance` and `key_columns`, rows of one key are compared value by value.",
  example: "equality: { compare_model: ref('old_ratings'), key_columns: [game_id], tolerance: 0.001 }",
  isColumnTest: false,
  parameters: [
    COMPARED,
    may("compare_columns", "columns", "Only these columns are compared."),
    may("exclude_columns", "columns", "All but these."),
    may("precision", "number", "Numbers are rounded to so many digits behind the point."),
    may("tolerance", "number", "By how much a number may differ."),
    may("key_columns", "columns", "What tells rows apart, for `tolerance`."),
  ],
  refuses: (given) => refusal(given),
  failingRows: (input) => {
    const [ours, theirs] = [testedRows(input), relationGiven(input, "compare_model")];
    if (input.arguments.has("tolerance")) return byKey(input, ours, theirs);
    const query = sql`with ours as (${rowsOf(input, ours)}), theirs as (${rowsOf(input, theirs)}) ${onlyIn("here", sql`ours`, sql`theirs`)} union all ${onlyIn("there", sql`theirs`, sql`ours`)}`;
    if (input.arguments.has("precision") || input.arguments.has("exclude_columns"))
      return { kind: "query", query, judged: undefined, needs: undefined };
    return {
      kind: "screened",
      query,
      from: sql`(${hashed(input, ours)}) as a, (${hashed(input, theirs)}) as b`,
      suspects: sql`count(*) filter (where a is distinct from b)`,
      how: "hashes",
    };
  },
};

const refusal = (given: ReadonlyMap<string, TestArgument>): string | undefined => {
  if (given.has("compare_columns") && given.has("exclude_columns"))
    return "takes `compare_columns` or `exclude_columns`, not both";
  if (given.has("tolerance") !== given.has("key_columns")) return "needs `key_columns` with `tolerance`";
  return given.has("tolerance") && given.has("precision") ? "takes `precision` or `tolerance`, not both" : undefined;
};

/** How many rows, and a sum over their hashes: what differs there differs in its rows. Texts have hashes for every type. */
const hashed = (input: DataTestInput, from: Sql): Sql =>
  sql`select count(*) as n, sum(hashtextextended(x::text, 0)::numeric) as h from (select ${chosen(input)} from ${from} as t) as x`;

const chosen = (input: DataTestInput): Sql => {
  const compared = columnsGiven(input, "compare_columns");
  const columns = compared.length === 0 ? [] : [...columnsGiven(input, "key_columns"), ...compared];
  return columns.length === 0 ? sql`*` : listed(columns);
};

/** As objects, so that columns are compared by name, whatever their order and the types of their numbers. */
const rowsOf = (input: DataTestInput, from: Sql): Sql => {
  const excluded = listGiven(input, "exclude_columns").map((name) => literal(String(name)));
  const whole = sql`to_jsonb(x)${excluded.length === 0 ? sql`` : sql` - array[${listed(excluded)}]`}`;
  const precision = numberGiven(input, "precision");
  const row = precision === undefined ? whole : roundedNumbers(whole, precision);
  return sql`select ${row} as r from (select ${chosen(input)} from ${from} as t) as x`;
};

const roundedNumbers = (row: Sql, digits: number): Sql =>
  sql`(select jsonb_object_agg(e.key, case jsonb_typeof(e.value) when 'number' then to_jsonb(round((e.value #>> '{}')::numeric, ${literal(Math.trunc(digits))})) else e.value end) from jsonb_each(${row}) as e)`;

const onlyIn = (side: "here" | "there", one: Sql, other: Sql): Sql =>
  sql`select ${literal(side)}::text as only, d.r as row from (select r from ${one} except all select r from ${other}) as d`;

/** Each value that differs, beside the other; a row without its fellow is one too. */
const byKey = (input: DataTestInput, ours: Sql, theirs: Sql): FailingRows => {
  const names = listGiven(input, "key_columns").map(String);
  const tolerance = literal(numberGiven(input, "tolerance") ?? 0);
  const keyed = (from: Sql): Sql =>
    sql`select jsonb_build_array(${listed(names.map((n) => sql`r -> ${literal(n)}`))}) as k, r from (${rowsOf(input, from)}) as o`;
  const isFar = sql`case when jsonb_typeof(c.here) = 'number' and jsonb_typeof(c.there) = 'number' then abs((c.here #>> '{}')::numeric - (c.there #>> '{}')::numeric) > ${tolerance} else c.here is distinct from c.there end`;
  const keyNames = joinSql(
    names.map((n, i) => sql`p.k ->> ${literal(i)} as ${ident(n)}`),
    sql`, `,
  );
  const pairs = sql`select coalesce(a.k, b.k) as k, a.r as here, b.r as there from (${keyed(ours)}) as a full join (${keyed(theirs)}) as b on a.k = b.k`;
  return {
    kind: "query",
    query: sql`select ${keyNames}, c.name as differs, c.here #>> '{}' as here, c.there #>> '{}' as there from (${pairs}) as p cross join lateral (select h.key as name, h.value as here, p.there -> h.key as there from jsonb_each(p.here) as h where p.there is not null union all select t.key, null, t.value from jsonb_each(p.there) as t where p.here is not null and not p.here ? t.key union all select 'the row', case when p.here is not null then to_jsonb('is here'::text) end, case when p.there is not null then to_jsonb('is there'::text) end where p.here is null or p.there is null) as c where ${isFar}`,
    judged: undefined,
    needs: undefined,
  };
};
