/** `view`: the query under a name. `or replace`: publish may say it once more of what stands in the workspace. */
import type { Materialization } from "../../domain/contracts/materialization.ts";
import { relation, sql } from "../../domain/sql.ts";

export const view: Materialization = {
  name: "view",
  relationKind: "view",
  hasConstraints: false,
  hasIndexes: false,
  hasRows: false,
  takesDeltas: false,
  create: ({ workspace, query }) => [sql`create or replace view ${relation(workspace)} as\n${query}`],
};
