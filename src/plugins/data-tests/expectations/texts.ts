/** dbt-expectations' kinds on the texts of one column: lengths, regular expressions, patterns. */
import type { DataTest, DataTestInput, Parameter } from "../../../domain/contracts/data-test.ts";
import { literal, type Sql, sql } from "../../../domain/sql.ts";
import { listGiven, textGiven } from "../arguments-given.ts";
import { boundsGiven, boundsOf } from "../bounds.ts";
import { allOrAny, FLAGS, matches, textRows } from "../matches-regex.ts";
import { BOUNDS, may, needed, needsOneOf } from "../parameters.ts";
import { testedColumn } from "../tested-column.ts";
import { expectation, ROW_CONDITION, STRICTLY } from "./alias.ts";

const RAW = may("is_raw", "boolean", "Nothing: expressions are taken as they are.");
const MATCH_ON = may(
  "match_on",
  { oneOf: ["any", "all"] },
  "How many of the list must hold: `any`, the default, or `all`.",
);

const lengthOf = (input: DataTestInput): Sql => sql`length(${testedColumn(input)})`;

const like = (input: DataTestInput, pattern: string): Sql => sql`(${testedColumn(input)} like ${literal(pattern)})`;

type Match = (input: DataTestInput, pattern: string) => Sql;

/** Four kinds: a pattern or a list of them that must match, or must not. */
const matching = (
  what: "regex" | "like_pattern",
  match: Match,
  words: string,
  more: readonly Parameter[],
): readonly DataTest[] => {
  const one = needed(what, "text", `${words}.`);
  const several = needed(`${what}_list`, "values", `Several of them: ${words.toLowerCase()}.`);
  const must = (input: DataTestInput): readonly Sql[] =>
    listGiven(input, `${what}_list`).map((pattern) => match(input, String(pattern)));
  const join = (input: DataTestInput): "all" | "any" => (textGiven(input, "match_on") === "all" ? "all" : "any");
  return [
    expectation({
      name: `expect_column_values_to_match_${what}`,
      description: `Each text of the column matches; NULL passes.`,
      parameters: [one, ...more, ROW_CONDITION],
      failingRows: (input) => textRows(input, sql`not ${match(input, textGiven(input, what) ?? "")}`),
    }),
    expectation({
      name: `expect_column_values_to_not_match_${what}`,
      description: `No text of the column matches.`,
      parameters: [one, ...more, ROW_CONDITION],
      failingRows: (input) => textRows(input, match(input, textGiven(input, what) ?? "")),
    }),
    expectation({
      name: `expect_column_values_to_match_${what}_list`,
      description: `Each text matches one of the list, or all of it; NULL passes.`,
      parameters: [several, MATCH_ON, ...more, ROW_CONDITION],
      failingRows: (input) => textRows(input, sql`not ${allOrAny(must(input), join(input))}`),
    }),
    expectation({
      name: `expect_column_values_to_not_match_${what}_list`,
      description: `Each text fails to match one of the list, or all of it.`,
      parameters: [several, MATCH_ON, ...more, ROW_CONDITION],
      failingRows: (input) =>
        textRows(
          input,
          sql`not ${allOrAny(
            must(input).map((m) => sql`not ${m}`),
            join(input),
          )}`,
        ),
    }),
  ];
};

export const textExpectations: readonly DataTest[] = [
  expectation({
    name: "expect_column_value_lengths_to_be_between",
    description: "The length of each text lies between the bounds; NULL passes.",
    parameters: [...BOUNDS, STRICTLY, ROW_CONDITION],
    refuses: needsOneOf("min_value", "max_value"),
    failingRows: (input) => textRows(input, boundsGiven(input).isOutside(lengthOf(input))),
  }),
  expectation({
    name: "expect_column_value_lengths_to_equal",
    description: "The length of each text is `value`; NULL passes.",
    parameters: [needed("value", "number", "The length."), ROW_CONDITION],
    failingRows: (input) =>
      textRows(
        input,
        boundsOf([{ operator: sql`=`, value: literal(Number(textGiven(input, "value"))) }]).isOutside(lengthOf(input)),
      ),
  }),
  ...matching("regex", matches, "A regular expression of PostgreSQL", [FLAGS, RAW]),
  ...matching("like_pattern", like, "A pattern of LIKE", []),
];
