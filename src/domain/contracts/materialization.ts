/** The contract of plugins/materializations: how a model's query becomes a relation of the workspace. Pure. */
import type { MaterializationName } from "../config.ts";
import type { RelationName } from "../names.ts";
import type { Sql } from "../sql.ts";
import type { Storage } from "../storage.ts";

export type Materialization = {
  readonly name: MaterializationName;
  /** Undefined: the model has no relation of its own. */
  readonly relationKind: "table" | "view" | "materialized view" | undefined;
  /** ALTER TABLE … ADD CONSTRAINT works on it; where not, link makes data tests of constraints. */
  readonly hasConstraints: boolean;
  readonly hasIndexes: boolean;
  /** Holds rows, so that ANALYZE and a row count say something. */
  readonly hasRows: boolean;
  /** Once it stands on live, a run builds only the rows that are new, and publish applies them. */
  readonly takesDeltas: boolean;
  /** The statements of the data's transaction. */
  readonly create: (request: CreateRequest) => readonly Sql[];
};

/** All that a materialization may know of the relation that it makes. */
type CreateRequest = {
  /** Where it is made, under its final name. */
  readonly workspace: RelationName;
  readonly query: Sql;
  readonly storage: Storage;
};

export type Materializations = Readonly<Record<MaterializationName, Materialization>>;
