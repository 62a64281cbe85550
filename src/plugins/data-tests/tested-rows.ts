/** The rows that a query test judges, ready to stand in FROM under an alias: the relation, narrowed by the test's `where`. */
import type { DataTestInput } from "../../domain/contracts/data-test.ts";
import { type Sql, sql } from "../../domain/sql.ts";

export const testedRows = ({ relation, where }: DataTestInput): Sql =>
  where === undefined
    ? relation
    : sql`(select * from ${relation} where (
${where}
))`;
