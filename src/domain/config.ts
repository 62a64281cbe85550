/** What a node is configured to be, after all layers are merged: command line, header, property file, folders, project. */
import type { Availability, RowsKnown } from "./availability.ts";
import type { BatchSize } from "./batch.ts";
import type { Age, Freshness } from "./freshness.ts";
import type { Partitioning } from "./partitioning.ts";
import type { Located, Span } from "./source.ts";
import type { Storage, StorageParameters } from "./storage.ts";
import type { PlainValue } from "./tree.ts";

export type MaterializationName = "view" | "table" | "incremental" | "materialized_view" | "ephemeral";

export type IncrementalStrategy = "append" | "upsert" | "delete_insert" | "merge" | "microbatch";

/** What becomes of columns in which the query and live differ. */
export type SchemaChange = "ignore" | "fail" | "append_new_columns" | "sync_all_columns";

/** How the rows of a later run come to those that stand; it says nothing of models that are not incremental. */
export type IncrementalConfig = {
  readonly strategy: IncrementalStrategy;
  /** Conditions on the live rows that may be replaced. */
  readonly predicates: readonly Located<string>[];
  readonly onSchemaChange: SchemaChange;
  /** The columns that a row which stands already gets from its new version; the others keep what they hold. */
  readonly updated:
    | { readonly kind: "all" }
    | { readonly kind: "only" | "all but"; readonly columns: readonly string[] };
  /** Of the strategy of that name. */
  readonly microbatch: MicrobatchConfig | undefined;
};

/** A model that is built window by window of its rows' time. */
export type MicrobatchConfig = {
  /** The column of the model's rows that says to which batch they belong. */
  readonly eventTime: string;
  /** Before it there are no rows. */
  readonly begin: Date;
  readonly size: BatchSize;
  /** How many batches before the one that is on now are built again for rows that come late. */
  readonly lookback: number;
  /** Undefined: side by side, unless the query reads what the batches before have made. */
  readonly isConcurrent: boolean | undefined;
};

export type Severity = "error" | "warn";

export type IndexSpec = {
  /** Undefined: PostgreSQL's own form, `t_a_b_idx`, chosen by link so that it is known before the build. */
  readonly name: string;
  readonly columns: readonly IndexColumn[];
  readonly isUnique: boolean;
  /** btree, hash, gin, gist, brin, spgist … */
  readonly method: string;
  readonly include: readonly string[];
  readonly where: Located<string> | undefined;
  /** Of a unique one, from version 15: two NULLs are the same. */
  readonly isNullsNotDistinct: boolean;
  readonly parameters: StorageParameters;
  readonly tablespace: string | undefined;
  readonly span: Span;
};

export type IndexColumn = {
  readonly key:
    | { readonly kind: "column"; readonly name: string }
    | { readonly kind: "expression"; readonly text: Located<string> };
  readonly order: "asc" | "desc" | undefined;
  readonly nulls: "first" | "last" | undefined;
  readonly opclass: string | undefined;
  readonly collation: string | undefined;
};

/** Roles by privilege, in lower case: `{ select: [reader] }`; undefined keeps what stands on live. */
export type Grants = ReadonlyMap<string, readonly Located<string>[]>;

/** A setting of the server, for as long as a node is built. */
export type NodeSetting = { readonly name: string; readonly value: string; readonly span: Span };

export type RelationConfig = {
  readonly enabled: boolean;
  readonly schema: string;
  readonly alias: string | undefined;
  readonly tags: readonly string[];
  readonly meta: { readonly [key: string]: PlainValue };
  readonly grants: Grants | undefined;
  readonly indexes: readonly IndexSpec[];
  /** Whether descriptions become comments. */
  readonly persistDocs: { readonly relation: boolean; readonly columns: boolean };
  readonly settings: readonly NodeSetting[];
  /** Replaced although it is in a publication. */
  readonly acceptsReplication: boolean;
};

export type ModelConfig = RelationConfig & {
  readonly materialized: MaterializationName;
  readonly storage: Storage;
  /** Undefined: none is enforced. */
  readonly contract: Contract | undefined;
  readonly partitioning: Partitioning | undefined;
  readonly uniqueKey: readonly string[];
  readonly eventTime: readonly string[];
  readonly known: RowsKnown;
  /** Whom a row is of, besides when; empty: its unique key without its time. */
  readonly entity: readonly string[];
  readonly incremental: IncrementalConfig;
  /** true: always built whole; false: never again, whatever the command line says; undefined: as it says. */
  readonly fullRefresh: boolean | undefined;
};

/** The columns and types of the property file are all that the relation has. */
export type Contract = { readonly at: Span };

export type SeedConfig = RelationConfig & {
  readonly columnTypes: ReadonlyMap<string, string>;
  readonly delimiter: string;
  readonly quoteColumns: boolean;
};

/** How a changed row is told: by a time that the row carries, or by comparing columns. */
export type SnapshotStrategy =
  | { readonly kind: "timestamp"; readonly updatedAt: string }
  /** `updatedAt`: undefined dates a change by the run's time. */
  | { readonly kind: "check"; readonly columns: "all" | readonly string[]; readonly updatedAt: string | undefined };

/** dbt's names of what it adds to each row, or the project's own (`snapshot_meta_column_names`). */
export type SnapshotColumns = {
  readonly scdId: string;
  readonly updatedAt: string;
  readonly validFrom: string;
  readonly validTo: string;
  /** Made only where hard deletes are records of their own. */
  readonly isDeleted: string;
};

export type HardDeletes = "ignore" | "invalidate" | "new_record";

export type SnapshotConfig = RelationConfig & {
  readonly strategy: SnapshotStrategy;
  readonly uniqueKey: readonly string[];
  readonly hardDeletes: HardDeletes;
  /** What stands in place of NULL in the end of a row that is still valid. */
  readonly validToCurrent: Located<string> | undefined;
  readonly columnNames: SnapshotColumns;
};

export type SourceConfig = {
  readonly enabled: boolean;
  readonly tags: readonly string[];
  readonly meta: { readonly [key: string]: PlainValue };
  readonly eventTime: readonly string[];
  readonly availability: Availability;
  readonly freshness: Freshness | undefined;
  /** A build that reads the source does not begin while its rows are too old. */
  readonly isFreshnessGate: boolean;
  /** What becomes of a build where columns that it uses, or their types, are not as declared: refused, or told. */
  readonly contract: "enforced" | "told";
};

/** `error_if: "> 10"`, `"> 1%"`, `"!= 0"`. */
export type Threshold = {
  readonly operator: ">" | ">=" | "<" | "<=" | "=" | "!=";
  readonly value: number;
  readonly isPercent: boolean;
};

/** What becomes of failing rows: how many are shown and stored, what of them, and for how long. */
export type FailuresConfig = {
  readonly show: number;
  readonly store: number;
  readonly columns: "all" | "key";
  readonly keep: Age;
};

/** Of a folder it is added up over the tests that share a statement; a test's own is that test's alone. */
type TestTimeout = { readonly ms: number; readonly isOwn: boolean };

export type DataTestConfig = {
  readonly enabled: boolean;
  readonly severity: Severity;
  readonly where: Located<string> | undefined;
  readonly limit: number | undefined;
  /** An expression over the failing rows in place of their number. */
  readonly failCalc: Located<string> | undefined;
  readonly warnIf: Threshold;
  readonly errorIf: Threshold;
  /** Of an incremental model: `delta` judges the new rows where that proves as much, `whole` always all of them. */
  readonly scope: "delta" | "whole";
  /** Where it is asked that a constraint stand for the test; undefined: nowhere. */
  readonly enforce: { readonly at: Span } | undefined;
  /** How long the server may work on it; undefined: as long as it lets everybody. */
  readonly timeout: TestTimeout | undefined;
  readonly failures: FailuresConfig;
  readonly tags: readonly string[];
  readonly meta: { readonly [key: string]: PlainValue };
};
