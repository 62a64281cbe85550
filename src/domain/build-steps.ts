/** How the rows of a node are made, and how new ones come to those that stand: data, for execute to send. */
import type { BatchSize, Window } from "./batch.ts";
import type { IncrementalConfig, SnapshotConfig } from "./config.ts";
import type { SeedNode } from "./manifest.ts";
import type { NodeId, RelationName } from "./names.ts";
import type { Partitioning } from "./partitioning.ts";
import type { Rule } from "./rule.ts";
import type { Located, Span } from "./source.ts";
import type { Sql } from "./sql.ts";
import type { Storage } from "./storage.ts";

export type ContractStep = {
  readonly node: NodeId;
  readonly query: Sql;
  readonly columns: readonly { readonly name: string; readonly dataType: Located<string> }[];
  readonly at: Span;
};

export type DataStep =
  | { readonly kind: "statements"; readonly statements: readonly Sql[] }
  /** The partitions are found from the rows, or are declared. */
  | {
      readonly kind: "partitioned";
      readonly query: Sql;
      readonly partitioning: Partitioning;
      readonly storage: Storage;
      /** Names of the schema that no partition may have. */
      readonly taken: readonly string[];
    }
  | { readonly kind: "seed"; readonly seed: SeedNode }
  /** A microbatch model that is built whole: `create` makes its empty table. */
  | { readonly kind: "batches"; readonly create: readonly Sql[]; readonly batches: BatchPlan }
  | { readonly kind: "delta"; readonly step: DeltaStep }
  | { readonly kind: "snapshot"; readonly snapshot: SnapshotStep };

/** The new rows of an incremental model or of a history, and how they come to those that stand on live. */
export type DeltaStep = {
  readonly query: Sql;
  readonly live: RelationName;
  /** The view on all rows as they will be, under the model's own name in the workspace. */
  readonly overlay: RelationName;
  /** The table of the new rows, beside it. */
  readonly delta: RelationName;
  /** The columns that tell which live rows are replaced; none for `append`. */
  readonly key: readonly string[];
  readonly predicates: readonly Sql[];
  /** Names of the declared ones, which stand on live. */
  readonly foreignKeys: readonly string[];
  /** `history`: versions end, then those begin that follow them; at no moment do two of a key hold. */
  readonly strategy: IncrementalConfig["strategy"] | "history";
  /** Of a microbatch model: the rows of their windows replace those of live. */
  readonly batches: BatchPlan | undefined;
} & Omit<IncrementalConfig, "predicates" | "strategy" | "microbatch">;

/** The windows that a microbatch model is built by, each in a transaction of its own. */
export type BatchPlan = {
  /** In order and without gaps. */
  readonly windows: readonly Window[];
  readonly size: BatchSize;
  /** The column of the model's rows that must lie within the window. */
  readonly eventTime: string;
  /** With marks for the bounds. `first`: of the first batch where no rows stand, in which `is_incremental` is false. */
  readonly query: Sql;
  readonly first: Sql | undefined;
  /** Side by side; else one after the other, since each reads what those before have made. */
  readonly isConcurrent: boolean;
  /** The command line named the windows, which says nothing of the time up to which the model is built. */
  readonly isAsked: boolean;
};

/** All that the windows span; undefined: there are none. */
export const spanOf = ({ windows }: BatchPlan): Window | undefined => {
  const [first, last] = [windows[0], windows.at(-1)];
  return first === undefined || last === undefined ? undefined : { start: first.start, end: last.end };
};

export const batchesOf = (data: DataStep): BatchPlan | undefined => {
  if (data.kind === "batches") return data.batches;
  return data.kind === "delta" ? data.step.batches : undefined;
};

/** The versions that a snapshot gets: of all rows, or of those that changed since its last run. */
export type SnapshotStep = {
  /** All rows of what it watches, as they are now. */
  readonly query: Sql;
  readonly config: SnapshotConfig;
  /** The run's time. */
  readonly now: Sql;
  /** How the history that stands on live takes new versions, and the ends of those before; undefined: there is none yet. */
  readonly later: DeltaStep | undefined;
  /** What the rows must keep, or no version of them could be told from another. */
  readonly rules: readonly Rule[];
};
