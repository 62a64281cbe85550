/** What runs found, read again: the failing rows of one held against those of an earlier run, and the history of a test. */

export type FoundFailures =
  | {
      readonly kind: "compared";
      readonly run: RecordedRun;
      /** What failed in the run, and what failed in the one before and passes now. */
      readonly tests: readonly ComparedTest[];
    }
  | { readonly kind: "history"; readonly test: string; readonly name: string; readonly runs: readonly TestedRun[] };

export type RecordedRun = {
  readonly id: string;
  readonly command: string;
  readonly state: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
};

export type TestResult = {
  readonly status: string;
  readonly failures: number;
  /** Rows judged, where that was counted. */
  readonly rows: number | undefined;
};

export type TestedRun = TestResult & { readonly run: RecordedRun; readonly stored: number };

export type ComparedTest = TestResult & {
  /** Its id. */
  readonly test: string;
  readonly name: string;
  /** Where it is declared, `models/shop.yml:12:13`, and whom to ask; undefined where the project no longer has it. */
  readonly at: string | undefined;
  readonly owner: string | undefined;
  /** Those of the rows below: the key first, then the tested one, then as they are declared. */
  readonly columns: readonly string[];
  /** The run that it is held against; undefined: none before tested this. */
  readonly before: (TestResult & { readonly run: RecordedRun }) | undefined;
  /** How many rows; undefined where too few are stored to tell. */
  readonly new: number | undefined;
  readonly still: number | undefined;
  readonly gone: number | undefined;
  /** The stored rows of this run, and of the one before those that are gone. */
  readonly found: readonly ComparedRow[];
};

/** `unknown`: the other run had more rows than are stored. */
type RowState = "new" | "still" | "gone" | "unknown";

export type Cells = Readonly<Record<string, string | null>>;

export type ComparedRow = {
  readonly is: RowState;
  /** Undefined where nothing tells rows apart but all of it. */
  readonly key: Cells | undefined;
  readonly row: Cells;
};
