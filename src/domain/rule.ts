/** What the rows of a relation are held to by an index, a constraint, or its materialization. */
import type { NodeId, RelationName } from "./names.ts";
import type { Span } from "./source.ts";
import type { Sql } from "./sql.ts";

/** Something declared of a node's rows that they can break: then it is a failed data test. */
export type Rule = {
  readonly kind:
    | "index"
    | "unique index"
    | "primary_key"
    | "unique"
    | "not_null"
    | "check"
    | "exclude"
    | "foreign_key"
    | "unique_key"
    | "updated_at";
  readonly name: string;
  /** The node that carries it. */
  readonly node: NodeId;
  readonly columns: readonly string[];
  /** The rows that violate it; undefined where nothing does, as with a plain index, or where no query says it. */
  readonly violations: Sql | undefined;
  readonly at: Span;
};

export type ConstraintStep = Rule & {
  /**
   * `standing`: nobody declares it, somebody put it on the relation that is replaced. `outside`: on a table of somebody's
   * that refers to it.
   */
  readonly origin: "declared" | "standing" | "outside";
  readonly relation: RelationName;
  /** An action of ALTER TABLE is joined with the relation's others, so that one scan serves them all. */
  readonly change: { readonly kind: "action" | "statement"; readonly sql: Sql };
};
