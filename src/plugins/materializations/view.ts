/** `view`: the query under a name. */
import type { Materialization } from "../../domain/contracts/materialization.ts";
import { relation, sql } from "../../domain/sql.ts";

export const view: Materialization = {
  name: "view",
  relationKind: "view",
  hasConstraints: false,
  hasIndexes: false,
  hasRows: false,
  takesDeltas: false,
  create: ({ workspace, query }) => [sql`create view ${relation(workspace)} as\n${query}`],
};
