/** `materialized_view`: a view whose rows are those of the build, until somebody refreshes it. */
import type { Materialization } from "../../domain/contracts/materialization.ts";
import { relation, sql } from "../../domain/sql.ts";

export const materializedView: Materialization = {
  name: "materialized_view",
  relationKind: "materialized view",
  hasConstraints: false,
  hasIndexes: true,
  hasRows: true,
  create: ({ workspace, query }) => [sql`create materialized view ${relation(workspace)} as\n${query}`],
};
