/** Features of entities at a time: which columns of which relation, found by what key, as of which time. */
import type { RowsKnown } from "./availability.ts";
import type { NodeId, RelationName } from "./names.ts";

export type TypedColumn = {
  readonly name: string;
  /** As the server writes it, with length and precision. */
  readonly type: string;
};

export type FeatureColumn = TypedColumn & {
  /** Its name in the answer. */
  readonly as: string;
};

/** The chosen columns of one feature model. */
export type FeatureView = {
  readonly node: NodeId;
  readonly name: string;
  readonly relation: RelationName;
  /** Whom a row is of. */
  readonly entity: readonly TypedColumn[];
  readonly eventTime: readonly TypedColumn[];
  /** `before`: a row holds what was known before its time, and so may be used at that very time. */
  readonly known: RowsKnown;
  readonly columns: readonly FeatureColumn[];
  /** Whether an index begins with the entity's columns and the first of the time's. */
  readonly isIndexed: boolean;
};

/** A view with the entity rows' columns that stand for its time; fewer than it has: the order within a day is not known. */
export type TimedView = { readonly view: FeatureView; readonly times: readonly string[] };
