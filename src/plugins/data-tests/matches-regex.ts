/** `matches_regex` and `not_matches_regex`: a row fails where its text does not match, or does; NULL passes. */
import type { DataTest, DataTestInput, FailingRows } from "../../domain/contracts/data-test.ts";
import { joinSql, literal, type Sql, sql } from "../../domain/sql.ts";
import { textGiven } from "./arguments-given.ts";
import { may, needed, nothingWrong } from "./parameters.ts";
import { testedColumn, testedName } from "./tested-column.ts";

export const FLAGS = may(
  "flags",
  "text",
  "PostgreSQL's letters: `i` for any case, `x` for white space in the expression.",
);

const REGEX = [needed("regex", "text", "A regular expression of PostgreSQL; anchor it with `^` and `$`."), FLAGS];

export const matchesRegex: DataTest = {
  name: "matches_regex",
  section: "values",
  description: "Each text of the column matches; NULL passes.",
  example: "matches_regex: { regex: '^[A-Z]{3}$' }",
  isColumnTest: true,
  parameters: REGEX,
  refuses: nothingWrong,
  failingRows: (input) => textRows(input, sql`not ${matches(input, textGiven(input, "regex") ?? "")}`),
};

export const notMatchesRegex: DataTest = {
  ...matchesRegex,
  name: "not_matches_regex",
  description: "No text of the column matches.",
  example: undefined,
  failingRows: (input) => textRows(input, matches(input, textGiven(input, "regex") ?? "")),
};

/** A predicate on the text of the column alone, which is dear. */
export const textRows = (input: DataTestInput, predicate: Sql): FailingRows => ({
  kind: "row",
  predicate,
  perValue: testedName(input),
});

export const matches = (input: DataTestInput, regex: string): Sql => {
  const flags = textGiven(input, "flags") ?? "";
  return sql`(${testedColumn(input)} ~ ${literal(flags === "" ? regex : `(?${flags})${regex}`)})`;
};

export const allOrAny = (conditions: readonly Sql[], join: "all" | "any"): Sql =>
  sql`(${joinSql(conditions, join === "all" ? sql` and ` : sql` or `)})`;
