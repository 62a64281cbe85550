/** What each verb is asked: the flags of the command line, named and typed. */

import type { Writable } from "node:stream";
import type { LeastCoverage } from "../domain/coverage.ts";
import type { IndirectSelection } from "../domain/selection.ts";
import type { RowsWanted } from "../domain/test-subject.ts";
import type { EventTime } from "./event-time.ts";

/** What every verb that opens a project is asked. */
export type ProjectInput = {
  /** `--target`; undefined: the project's own. */
  readonly target: string | undefined;
  /** `--vars`, a YAML mapping as it was written. */
  readonly vars: string | undefined;
  /** Warnings count as errors: exit 1. */
  readonly isWarnError: boolean;
  /** Each statement is told of, with its time. */
  readonly isDebug: boolean;
};

export type SelectInput = {
  /** One entry for each word of each `--select`; their union is meant. */
  readonly select: readonly string[];
  readonly exclude: readonly string[];
  readonly indirectSelection: IndirectSelection;
};

export type RunInput = ProjectInput &
  SelectInput & {
    /** Undefined: the target's own. */
    readonly threads: number | undefined;
    readonly isFailFast: boolean;
    /** `none`: failing rows are counted, and neither shown nor stored. */
    readonly rows: RowsWanted;
    /** Incremental models are built whole, but for those that say `full_refresh: false`. */
    readonly isFullRefresh: boolean;
    /** The time that microbatch models are built for. */
    readonly eventTime: EventTime;
    /** Rejected rows of raw-loading seeds do not fail the run. */
    readonly allowsRejects: boolean;
    /** What publish does where an old snapshot would read replaced tables as empty and does not go away. */
    readonly readers: "strict" | "warn";
    /** What becomes of a relation under a model's name that Galley did not make. */
    readonly foreign: "adopted" | "refused";
    /** Which sources that the run reads hold it up by being too old: those that say so, all, or none. */
    readonly freshness: "configured" | "checked" | "ignored";
    /** How long schemas that another run holds are waited for: 0 refuses at once, Infinity waits until they are free. */
    readonly lockWaitMs: number;
  };

/** A plan holds no lock. */
export type PlanInput = Omit<RunInput, "lockWaitMs">;

/** What to build is what the run asked for that is gone on from. */
export type RetryInput = Omit<RunInput, keyof SelectInput | "isFullRefresh" | "eventTime"> & {
  /** `none`: all is built again, also what is built and unchanged. */
  readonly keeps: "unchanged" | "none";
};

export type TestInput = ProjectInput &
  SelectInput &
  Pick<RunInput, "threads" | "isFailFast" | "rows"> & {
    readonly against: "live" | "workspace";
    /** Only tests of what differs from this revision. */
    readonly changedSince: string | undefined;
    /** `asked`: rows are read also where a constraint guarantees the test. */
    readonly constraints: "trusted" | "asked";
  };

export type GenerateInput = ProjectInput & {
  /** Its name. */
  readonly model: string;
  /** How many rows of the model it begins from. */
  readonly rows: number;
};

export type FailuresInput = ProjectInput &
  SelectInput & {
    /** The beginning of a run's id; undefined: the last one that tested. */
    readonly run: string | undefined;
    /** What it is held against; undefined: the run before of each test. */
    readonly since: string | undefined;
    /** Its name or id: the history of this test, and nothing else. */
    readonly test: string | undefined;
    /** The most runs of a history. */
    readonly limit: number | undefined;
  };

export type FreshnessInput = ProjectInput & SelectInput & Pick<RunInput, "threads">;

export type CoverageInput = ProjectInput &
  SelectInput & {
    readonly resourceTypes: readonly ResourceType[];
    /** What columns and constraints are known from: the project's files alone, or the database as well. */
    readonly asks: "files" | "database";
    /** Undefined: as project.yml says. */
    readonly least: LeastCoverage | undefined;
  };

export type RefreshInput = ProjectInput & SelectInput & Pick<RunInput, "threads">;

export type CheckInput = ProjectInput & SelectInput;

export type LeakageInput = CheckInput &
  Pick<RunInput, "threads"> & {
    /** How many instants of the past are rebuilt. */
    readonly cutoffs: number;
    /** These instants alone, as a report prints them; none: they are chosen. */
    readonly at: readonly string[];
    /** Undefined: drawn, and printed. */
    readonly seed: number | undefined;
    /** The share of the keys that is compared; undefined: all. */
    readonly sample: number | undefined;
    /** What is not proved counts as an error. */
    readonly isStrict: boolean;
  };

export type HistoryInput = CheckInput &
  Pick<LeakageInput, "isStrict"> & {
    /** How many photographs of each source stand after this; 0: none is taken. */
    readonly keep: number;
    /** The share of the keys that is photographed; undefined: all. */
    readonly sample: number | undefined;
  };

/** What writes raw tables: under a schema prefix they are shared with others, and that must be said. */
export type RawInput = ProjectInput & { readonly isSharedRaw: boolean };

export type SeedInput = RawInput & Omit<RunInput, "isFailFast" | "isFullRefresh" | "eventTime" | "freshness">;

export type MigrateInput = RawInput & { readonly isDryRun: boolean };

export type IngestInput = RawInput & {
  readonly mapping: string;
  /** An absolute path; `-` is standard input. */
  readonly file: string;
  readonly allowsRejects: boolean;
};

export type CompileInput = ProjectInput & SelectInput & { readonly inline: string | undefined };

export type ShowInput = ProjectInput & {
  /** Exactly one of the two: the door sees to it. */
  readonly asked:
    | { readonly kind: "select"; readonly select: readonly string[] }
    | { readonly kind: "inline"; readonly query: string };
  readonly limit: number;
};

export type FeatureInput = ProjectInput & {
  /** `model`, `model.column` or `name=model.column`. */
  readonly features: readonly string[];
  /** An interval, as PostgreSQL reads it; undefined: the latest row, however old. */
  readonly maxAge: string | undefined;
};

export type TrainingInput = FeatureInput & {
  /** A path that ends in .csv, `-` for standard input, or a query. */
  readonly entities: string;
  /** The columns of the entities that are their time; none: found by their names. */
  readonly times: readonly string[];
  readonly out:
    | { readonly kind: "file"; readonly path: string }
    /** CSV. */
    | { readonly kind: "stream"; readonly stream: Writable };
};

export type EntityInput = FeatureInput & {
  readonly entity: Readonly<Record<string, string>>;
  /** A time, or a time and the order within it. */
  readonly at: readonly string[];
};

export type ListInput = ProjectInput & SelectInput & { readonly resourceTypes: readonly ResourceType[] };

/** Nothing chosen means every kind. */
export const RESOURCE_TYPES = ["model", "seed", "snapshot", "source", "test", "unit_test"] as const;
export type ResourceType = (typeof RESOURCE_TYPES)[number];

export type CleanInput = ProjectInput & {
  /** Relations whose model is gone are dropped too. */
  readonly dropsOrphans: boolean;
  readonly isDryRun: boolean;
};

export type InitInput = {
  /** Relative to the working folder. */
  readonly folder: string;
  /** Undefined: made from the folder's name. */
  readonly name: string | undefined;
};
