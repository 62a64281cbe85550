/** Statements that make what hangs on a replaced relation mean the new one: in place, so that who uses it notices nothing. */
import { relationKey } from "../../../domain/names.ts";
import { authored, ident, joinSql, literal, relation, type Sql, sql } from "../../../domain/sql.ts";
import type { HangingFacts, HangingFunction, HangingPolicy, HangingRule, HangingView } from "./hanging-facts.ts";

/** To be run when the new relations stand in their places, with their constraints: a view may group by a primary key. */
export const repointAll = ({ views, functions, policies, rules }: HangingFacts): readonly Sql[] => [
  ...views.map(repointView),
  ...functions.map((f) => printed(f.definition)),
  ...policies.map(repointPolicy),
  ...rules.map(repointRule),
];

/** What the server printed of itself is SQL already. */
export const printed = (text: string): Sql => authored(text.replace(/;\s*$/, ""), undefined);

/** Owner, grants, comments, triggers and rules stay, for the view is the same; its options would be lost. */
const repointView = ({ name, definition, options }: HangingView): Sql =>
  sql`create or replace view ${relation(name)}${optionsSql(options)} as ${printed(definition)}`;

export const optionsSql = (options: readonly string[]): Sql =>
  options.length === 0 ? sql`` : sql` with (${optionList(options)})`;

export const optionList = (options: readonly string[]): Sql =>
  joinSql(
    options.map((option) => {
      const [name = ""] = option.split("=", 1);
      return sql`${optionName(name)} = ${literal(option.slice(name.length + 1))}`;
    }),
    sql`, `,
  );

/** One of the toast table's has two parts. */
const optionName = (name: string): Sql => joinSql(name.split(".").map(ident), sql`.`);

const repointPolicy = ({ table, name, using, check }: HangingPolicy): Sql =>
  sql`alter policy ${ident(name)} on ${relation(table)}${using === null ? sql`` : sql` using (${printed(using)})`}${check === null ? sql`` : sql` with check (${printed(check)})`}`;

const repointRule = ({ definition }: HangingRule): Sql =>
  printed(definition.replace(/^CREATE RULE/, "CREATE OR REPLACE RULE"));

/** For people. */
export const nameOfFunction = ({ label }: HangingFunction): string => `function ${label}`;
export const nameOfPolicy = ({ name, table }: HangingPolicy): string => `policy ${name} on ${relationKey(table)}`;
export const nameOfRule = ({ name, table }: HangingRule): string => `rule ${name} on ${relationKey(table)}`;
