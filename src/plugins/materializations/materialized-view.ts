/** `materialized_view`: a view whose rows are those of the build, until somebody refreshes it. */
import type { Materialization } from "../../domain/contracts/materialization.ts";
import { relation, sql } from "../../domain/sql.ts";
import { storageSql } from "../../domain/storage.ts";

export const materializedView: Materialization = {
  name: "materialized_view",
  relationKind: "materialized view",
  hasConstraints: false,
  hasIndexes: true,
  hasRows: true,
  takesDeltas: false,
  create: ({ workspace, query, storage }) => [
    sql`create materialized view ${relation(workspace)}${storageSql(storage)} as\n${query}`,
  ],
};
