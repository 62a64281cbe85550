/** The rows that a query test judges, ready to stand in FROM under an alias: the relation, narrowed by the test's `where`. */
import type { DataTestInput } from "../../domain/contracts/data-test.ts";
import { type Sql, sql } from "../../domain/sql.ts";

export const testedRows = (input: DataTestInput): Sql => narrowed(input.relation, input);

/** Another relation with the same columns, narrowed alike. */
export const narrowed = (relation: Sql, input: DataTestInput): Sql =>
  input.where === undefined ? relation : sql`(select * from ${relation} as t${whereGiven(input)})`;

export const whereGiven = ({ where }: DataTestInput): Sql => (where === undefined ? sql`` : sql` where (\n${where}\n)`);
