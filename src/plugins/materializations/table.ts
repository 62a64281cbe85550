/** `table`: the query's rows, stored. */
import type { Materialization } from "../../domain/contracts/materialization.ts";
import { relation, sql } from "../../domain/sql.ts";
import { loggingSql, storageSql } from "../../domain/storage.ts";

export const table: Materialization = {
  name: "table",
  relationKind: "table",
  hasConstraints: true,
  hasIndexes: true,
  hasRows: true,
  takesDeltas: false,
  create: ({ workspace, query, storage }) => [
    sql`create ${loggingSql(storage)}table ${relation(workspace)}${storageSql(storage)} as\n${query}`,
  ],
};
