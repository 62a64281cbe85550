/** Parameters that several kinds of data tests take, said once. */
import type { Parameter } from "../../domain/contracts/data-test.ts";
import type { TestArgument } from "../../domain/manifest.ts";

type Described = readonly [name: string, type: Parameter["type"], description: string];

export const needed = (...[name, type, description]: Described): Parameter => ({
  name,
  type,
  description,
  isRequired: true,
});

export const may = (...[name, type, description]: Described): Parameter => ({
  name,
  type,
  description,
  isRequired: false,
});

export const GROUPED = may("group_by_columns", "columns", "Each group of equal values in these by itself.");

export const BOUNDS = [
  may("min_value", "expression", "The least: a number, a date, or SQL."),
  may("max_value", "expression", "The most."),
] as const;

export const QUOTE = may(
  "quote",
  "boolean",
  "true (the default): the values are literals of the column's type; false: numbers and booleans are sent bare.",
);

export const DATEPART = {
  oneOf: ["microsecond", "millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year"],
} as const;

type Given = ReadonlyMap<string, TestArgument>;

export const nothingWrong = (): undefined => undefined;

/** Every kind of bound that may be left out is needed once. */
export const needsOneOf =
  (...names: readonly string[]) =>
  (given: Given): string | undefined =>
    names.some((name) => given.has(name)) ? undefined : `needs ${names.map((n) => `\`${n}\``).join(" or ")}`;
