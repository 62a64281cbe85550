/** What the verbs that are asked for something answer with: data, which the door prints. */
import type { ColumnForecast } from "../domain/forecast.ts";
import type { ColumnVerdict, LeakCoverage } from "../domain/leakage.ts";
import type { NodeId } from "../domain/names.ts";
import type { Plan } from "../domain/plan.ts";
import type { HistoryColumn, HistoryCoverage } from "../domain/source-history.ts";
import type { ResourceType } from "./inputs.ts";

/** What a build would do, and which columns it would change. */
export type ForetoldPlan = Plan & { readonly columns: ColumnForecast };

export type ListedNode = {
  readonly id: string;
  readonly name: string;
  readonly resourceType: ResourceType;
  /** The project's name first: what `--select` takes. */
  readonly fqn: readonly string[];
  readonly path: string;
  /** `schema.name` on live; undefined for a test. */
  readonly relation: string | undefined;
  readonly materialized: string | undefined;
  readonly tags: readonly string[];
  readonly description: string;
  readonly parents: readonly string[];
};

export type ShownRows = {
  /** Undefined for an inline query. */
  readonly node: string | undefined;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
};

export type CompiledText = {
  /** Undefined for an inline query. */
  readonly id: string | undefined;
  readonly name: string;
  /** Where it was written, relative to the project. */
  readonly path: string | undefined;
  readonly sql: string;
};

/** One thing that `debug` looked at. */
export type Check = {
  readonly name: string;
  readonly status: "ok" | "warning" | "wrong" | "skipped";
  readonly detail: string;
};

export type Removal = {
  /** `folder`, `schema`, `table` … */
  readonly what: string;
  readonly name: string;
  readonly status: "removed" | "kept" | "planned";
  readonly because: string;
};

export type MigrationState = {
  readonly number: number;
  readonly name: string;
  readonly status: "applied" | "pending";
};

export type NewProject = { readonly folder: string; readonly files: readonly string[] };

/** What `check leakage` found: a verdict for each column of each feature, and what they rest on. */
export type LeakageReport = { readonly columns: readonly ColumnVerdict[]; readonly coverage: LeakCoverage };

/** What `check source-history` found: a verdict for each column of each source, what they rest on, and which say nothing. */
export type HistoryReport = {
  readonly columns: readonly HistoryColumn[];
  readonly coverage: readonly HistoryCoverage[];
  readonly undeclared: readonly NodeId[];
};

/** What `test generate` wrote. */
export type GeneratedTest = {
  /** Relative to the project. */
  readonly path: string;
  readonly name: string;
  /** How many rows of each input it says. */
  readonly given: readonly { readonly input: string; readonly rows: number }[];
  readonly expected: number;
};

/** What `check incremental` found of one model. */
export type CheckedModel = {
  readonly node: string;
  /** `not-proved`: nothing that it reads keeps time, so that there is no past to grow from. */
  readonly verdict: "same" | "differs" | "failed" | "not-proved";
  readonly probes: readonly CheckedProbe[];
};

export type CheckedProbe = {
  /** `in order`: grown in two steps. `replayed`: the last step once more. `late rows`: with rows that come late. */
  readonly probe: string;
  readonly verdict: "same" | "differs" | "failed";
  /** Rows that a full build has and the grown table has not, and the other way round. */
  readonly missing: number;
  readonly extra: number;
  /** The first of them, the side they are on first. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
};
