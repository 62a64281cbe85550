/** What a run is reported as: cases that passed or did not, whatever kind of event each came from. */
import type { RunState } from "./event.ts";
import type { Span } from "./source.ts";

export type CaseOutcome = "pass" | "warn" | "fail" | "error" | "skipped" | "cancelled";

type CaseKind =
  | "node"
  | "test"
  | "freshness"
  | "leakage"
  | "source history"
  | "raw load"
  | "migration"
  | "publish"
  | "diagnostic"
  /** That the command came to its end: there is one in every report, so that none is empty. */
  | "run";

/** What there is to read about a case; each report writes it in its own way. */
export type CaseBlock =
  /** What its author says of it. */
  | { readonly kind: "prose"; readonly text: string }
  | { readonly kind: "text"; readonly text: string }
  | {
      readonly kind: "table";
      readonly columns: readonly string[];
      readonly rows: readonly (readonly (string | null)[])[];
    }
  | { readonly kind: "sql"; readonly text: string };

export type ReportedCase = {
  readonly kind: CaseKind;
  /** The same from run to run: `test.nba.unique_team_form_game_id`. */
  readonly id: string;
  /** What it is about: `model.nba.team_form`, `source.nba.raw.matches`. Cases of one subject stand together. */
  readonly subject: string;
  /** Unique within its subject. */
  readonly name: string;
  readonly outcome: CaseOutcome;
  /** When it was told. */
  readonly at: Date;
  /** Of the whole statement, where it was shared: cases that name the same `statement` have the same time. */
  readonly ms: number;
  readonly statement: string | undefined;
  /** One line: what is wrong, or why it was not run. Empty where all is well. */
  readonly summary: string;
  readonly blocks: readonly CaseBlock[];
  readonly place: Span | undefined;
  /** Of a test. */
  readonly failures: number | undefined;
  /** Built, or judged. */
  readonly rows: number | undefined;
  /** `schema.name` of what was built. */
  readonly relation: string | undefined;
  /** `severity`, `decided by`, `rows scanned`: what is known of it, in order. */
  readonly facts: readonly Fact[];
};

export type Fact = { readonly name: string; readonly value: string };

export type Report = {
  readonly runId: string;
  /** `build`; undefined: it ended before there was a run. */
  readonly command: string | undefined;
  readonly project: string | undefined;
  readonly target: string | undefined;
  readonly startedAt: Date;
  readonly ms: number;
  readonly state: RunState;
  /** Undefined: the process was ended before there was one. */
  readonly exitCode: number | undefined;
  readonly cases: readonly ReportedCase[];
};

export const isBad = ({ outcome }: Pick<ReportedCase, "outcome">): boolean => outcome === "fail" || outcome === "error";

/** As it stands alone: `unique_team_form_game_id`, `build model.nba.elo`. */
export const titleOf = ({ kind, name, subject }: ReportedCase): string => {
  if (kind === "test" || kind === "diagnostic") return name;
  return name === subject ? name : `${name} ${subject}`;
};
