/** The columns that relations will have, told before they are built: what is asked, and what the answer is. */

import type { ContractStep, DeltaStep } from "./build-steps.ts";
import type { Diagnostic } from "./diagnostic.ts";
import type { NodeId, RelationName } from "./names.ts";
import type { Sql } from "./sql.ts";

export type ColumnSource =
  | { readonly kind: "query"; readonly query: Sql }
  /** Columns of live, as far as `on_schema_change` lets new rows change them. */
  | { readonly kind: "delta"; readonly step: DeltaStep }
  /** A seed's, read off its file. */
  | { readonly kind: "columns"; readonly columns: readonly { readonly name: string; readonly type: Sql }[] }
  /** A history keeps what it has. */
  | { readonly kind: "live" }
  | { readonly kind: "unknown" };

/** One relation of a run, in the order in which they are built. */
export type Foretold = {
  readonly node: NodeId;
  readonly relation: RelationName;
  /** What queries of the run call it. */
  readonly workspace: RelationName;
  /** Whether it stands on live already, so that somebody may have prepared a statement on it. */
  readonly isLive: boolean;
  readonly from: ColumnSource;
  /** Held to where the query can be described; undefined: it has none, or is looked at elsewhere. */
  readonly contract: ContractStep | undefined;
};

export type ColumnForecast = {
  readonly changed: readonly { readonly relation: RelationName; readonly changes: readonly string[] }[];
  /** The server could not describe the query: what it needs may be made on the way, by a hook, or it is wrong. */
  readonly untold: readonly { readonly relation: RelationName; readonly message: string }[];
  /** Contracts that are not kept. */
  readonly broken: readonly Diagnostic[];
};

export const NOTHING_FORETOLD: ColumnForecast = { changed: [], untold: [], broken: [] };
