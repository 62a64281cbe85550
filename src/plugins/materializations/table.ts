/** `table`: the query's rows, stored. */
import type { Materialization } from "../../domain/contracts/materialization.ts";
import { relation, sql } from "../../domain/sql.ts";

export const table: Materialization = {
  name: "table",
  relationKind: "table",
  hasConstraints: true,
  hasIndexes: true,
  hasRows: true,
  create: ({ workspace, query }) => [sql`create table ${relation(workspace)} as\n${query}`],
};
