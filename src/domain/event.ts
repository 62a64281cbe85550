/** What happens in a run, one at a time: a closed union. Kinds and fields are only ever added (docs/events.md). */

import type { Severity } from "./config.ts";
import type { Diagnostic } from "./diagnostic.ts";
import type { Age } from "./freshness.ts";
import type { IngestCounts } from "./ingest.ts";
import type { ColumnVerdict } from "./leakage.ts";
import type { NodeId } from "./names.ts";
import type { Span } from "./source.ts";
import type { HistoryColumn } from "./source-history.ts";
import type { RowDifferences } from "./unit-test.ts";

/** `kept`: built by the run that this one goes on from. */
export type NodeStatus = "success" | "kept" | "error" | "fail" | "skipped" | "cancelled";
export type TestStatus = "pass" | "warn" | "fail" | "error" | "skipped" | "cancelled";

type FreshnessStatus = "pass" | "warn" | "fail" | "error" | "cancelled";

export type RunEvent =
  | {
      readonly kind: "run_started";
      readonly command: string;
      readonly project: string;
      readonly target: string;
      readonly threads: number;
      readonly models: number;
      readonly seeds: number;
      readonly snapshots: number;
      readonly tests: number;
    }
  | { readonly kind: "server_started"; readonly version: string; readonly ms: number; readonly isFirstStart: boolean }
  | { readonly kind: "migration_applied"; readonly name: string; readonly ms: number }
  | {
      readonly kind: "raw_loaded";
      readonly mapping: string;
      readonly file: string;
      readonly isSkipped: boolean;
      readonly steps: readonly { readonly into: string; readonly counts: IngestCounts }[];
      readonly rejected: number;
      readonly ms: number;
    }
  /** Under --wait, once for each run that holds a schema. */
  | {
      readonly kind: "lock_waiting";
      readonly schema: string;
      readonly holder: {
        readonly does: "reads" | "writes";
        readonly runId: string | undefined;
        readonly project: string | undefined;
        readonly command: string | undefined;
        readonly application: string;
        readonly user: string;
        readonly pid: number;
        /** When its run began, as the server prints it. */
        readonly since: string;
      };
    }
  /** A source was asked how old its newest row is. */
  | {
      readonly kind: "freshness_checked";
      readonly source: NodeId;
      /** `raw.matches` */
      readonly name: string;
      /** `fail`: older than error_after. `error`: it could not be asked. */
      readonly status: FreshnessStatus;
      /** The newest row's time, UTC, as ISO 8601 writes it; undefined: there is none. */
      readonly newest: string | undefined;
      /** Below zero for what is yet to come; undefined for a source without rows. */
      readonly ageMs: number | undefined;
      readonly warnAfter: Age | undefined;
      readonly errorAfter: Age | undefined;
      /** What is odd about it: no rows, rows of the future. */
      readonly because: string | undefined;
      readonly at: Span;
      readonly ms: number;
      readonly diagnostic: Diagnostic | undefined;
    }
  | { readonly kind: "node_started"; readonly node: NodeId }
  | {
      readonly kind: "node_finished";
      readonly node: NodeId;
      readonly status: NodeStatus;
      /** view, table, materialized_view, seed, snapshot. */
      readonly materialized: string;
      /** schema.name on live. */
      readonly relation: string;
      readonly rows: number | undefined;
      readonly ms: number;
      readonly diagnostic: Diagnostic | undefined;
      /** Why it was skipped. */
      readonly because: string | undefined;
    }
  | {
      readonly kind: "test_finished";
      readonly test: NodeId;
      /** dbt's name of the test. */
      readonly name: string;
      /** As the author wrote it; undefined: nothing is written. */
      readonly description: string | undefined;
      /** Whom to ask: `meta.owner` of the test, else of the node that it judges. */
      readonly owner: string | undefined;
      readonly tags: readonly string[];
      readonly node: NodeId | undefined;
      readonly column: string | undefined;
      readonly severity: Severity;
      readonly status: TestStatus;
      /** Failing rows, or what `failCalc` made of them. */
      readonly failures: number;
      /** The expression that counted them. */
      readonly failCalc?: string | undefined;
      /** Rows judged; undefined where the test does not say. */
      readonly rows: number | undefined;
      /** What decided it: `scan shared by 3 tests`, `query`, `guaranteed by constraint orders_pkey`. */
      readonly decidedBy: string;
      /** Tests of a run that name the same statement have shared it; undefined: none was sent. */
      readonly statement: string | undefined;
      /** Rows that the statement read; undefined where it does not say. */
      readonly scanned: number | undefined;
      /** Where the test, or the violated constraint, is declared. */
      readonly at: Span | undefined;
      readonly ms: number;
      readonly sample: FailureSample | undefined;
      /** Of a unit test that failed. */
      readonly differences?: RowDifferences | undefined;
      /** Of a test that rebuilt the past: what it says of columns, in the words of `check leakage`. */
      readonly findings?: readonly string[] | undefined;
      readonly diagnostic: Diagnostic | undefined;
      readonly because: string | undefined;
    }
  | {
      readonly kind: "publish_waiting";
      /** `old_snapshot`: sessions that would read a replaced table as empty. `lock`: readers that hold it. */
      readonly reason: "old_snapshot" | "lock";
      readonly holders: readonly { readonly pid: number; readonly application: string; readonly ageMs: number }[];
    }
  | {
      readonly kind: "publish_finished";
      readonly status: "published" | "refused" | "nothing" | "unknown" | "partly";
      readonly relations: number;
      /** From the grant of all exclusive locks to COMMIT. */
      readonly lockedMs: number;
      readonly waitedMs: number;
      readonly attempts: number;
      /** Of a publish in several transactions: live was of two days between these. */
      readonly mixed?: { readonly batches: number; readonly from: string; readonly until: string };
    }
  /** A column of a feature, or its rows, was held against the past: see domain/leakage.ts. */
  | (ColumnVerdict & {
      readonly kind: "column_checked";
      /** Where the column, or else its model, is declared. */
      readonly at: Span;
      readonly cutoffs: number;
      readonly seed: number;
    })
  /** A column of a source, or its rows, was held against photographs of it: see domain/source-history.ts. */
  | (HistoryColumn & {
      readonly kind: "history_checked";
      /** Where the column, or else its source, is declared. */
      readonly at: Span;
      readonly photographs: number;
    })
  | { readonly kind: "diagnostic"; readonly diagnostic: Diagnostic }
  /** Under --debug alone. `text` is masked: it comes from `shownText`. */
  | {
      readonly kind: "statement";
      readonly text: string;
      readonly ms: number;
      readonly rows: number | undefined;
      readonly sqlstate: string | undefined;
    }
  /** Worth knowing, and nothing wrong: a server recovered, a step that had nothing to do. */
  | { readonly kind: "note"; readonly message: string }
  | {
      readonly kind: "run_finished";
      readonly state: RunState;
      readonly exitCode: number;
      readonly ms: number;
    };

export type RunState = "succeeded" | "failed" | "refused" | "cancelled";

/** The first failing rows, as text; the key's columns come first, then those that the test is about. */
export type FailureSample = {
  readonly columns: readonly string[];
  readonly keyColumns: number;
  readonly testedColumns: number;
  /** None where rows are not to be shown. Of columns with `meta.pii` all but NULL is masked. */
  readonly rows: readonly (readonly (string | null)[])[];
  /** A ready query for all of them, where they stand until publish has moved them; empty: they stand nowhere. */
  readonly query: string;
  /** The same, for when they are published. */
  readonly liveQuery: string;
};

export type Emit = (event: RunEvent) => void;
