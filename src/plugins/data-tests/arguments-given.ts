/** What a property file gave to a kind of data test, by name; link has seen to it that it fits. */
import type { DataTestInput } from "../../domain/contracts/data-test.ts";
import { authored, ident, joinSql, literal, type Sql, sql, textOf } from "../../domain/sql.ts";
import type { PlainValue } from "../../domain/tree.ts";

const plainGiven = (input: DataTestInput, name: string): PlainValue | undefined => {
  const given = input.arguments.get(name);
  return given?.kind === "value" && given.value !== null ? given.value : undefined;
};

export const textGiven = (input: DataTestInput, name: string): string | undefined => {
  const value = plainGiven(input, name);
  return value === undefined ? undefined : String(value);
};

export const numberGiven = (input: DataTestInput, name: string): number | undefined => {
  const value = plainGiven(input, name);
  return value === undefined ? undefined : Number(value);
};

export const isGiven = (input: DataTestInput, name: string, fallback: "yes" | "no"): boolean => {
  const value = plainGiven(input, name);
  return typeof value === "boolean" ? value : fallback === "yes";
};

export const listGiven = (input: DataTestInput, name: string): readonly PlainValue[] => {
  const value = plainGiven(input, name);
  return Array.isArray(value) ? (value as readonly PlainValue[]) : [];
};

export const relationGiven = (input: DataTestInput, name: string): Sql => {
  const given = input.arguments.get(name);
  if (given?.kind !== "relation") throw new Error(`\`${name}\` passed link and is no relation`);
  return given.relation;
};

/** A number as it is, a date as a literal (`2024-01-31` would be a subtraction), all else as the SQL that it is. */
export const sqlGiven = (input: DataTestInput, name: string): Sql | undefined => {
  const value = plainGiven(input, name);
  if (value === undefined) return undefined;
  if (typeof value === "number" || typeof value === "boolean") return literal(value);
  const text = String(value);
  return DATE.test(text) ? literal(text) : written(input, name, text);
};

const DATE = /^\s*\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}(:?\d{2})?)?)?\s*$/;

const written = (input: DataTestInput, name: string, text: string): Sql => {
  const span = input.arguments.get(name)?.span;
  return authored(text, span === undefined ? undefined : { span, calledFrom: [] });
};

export const columnGiven = (input: DataTestInput, name: string): Sql | undefined => {
  const text = textGiven(input, name);
  return text === undefined ? undefined : columnSql(input, name, text);
};

/** Under whichever of the names it was given. */
export const columnsGiven = (input: DataTestInput, ...names: readonly string[]): readonly Sql[] =>
  names.flatMap((name) => listGiven(input, name).map((column) => columnSql(input, name, String(column))));

/** What stands for a column in the list of a query that is shown: its name, or a number for an expression. */
export const columnNames = (input: DataTestInput, ...names: readonly string[]): readonly Sql[] =>
  names
    .flatMap((name) => listGiven(input, name).map(String))
    .map((name, i) => ident(isExpression(name) ? `group ${i + 1}` : name));

const columnSql = (input: DataTestInput, argument: string, text: string): Sql =>
  isExpression(text) ? written(input, argument, text) : ident(text);

/** Names are taken as they are, so `Order Date` is one; what can hardly be a name is an expression. */
export const isExpression = (text: string): boolean => /[(),']|::|\|\||^".*"$/.test(text);

/** On lines of its own where it may end in a comment. */
export const enclosed = (expression: Sql): Sql =>
  /\n|--/.test(textOf(expression)) ? sql`(\n${expression}\n)` : sql`(${expression})`;

export const listed = (parts: readonly Sql[]): Sql => joinSql(parts, sql`, `);
