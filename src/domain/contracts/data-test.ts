/** The contract of plugins/data-tests: what a kind of generic data test takes, and the SQL that finds its failing rows. */
import type { TestArgument } from "../manifest.ts";
import type { Span } from "../source.ts";
import type { Sql } from "../sql.ts";
import type { PlainValue } from "../tree.ts";

/**
 * `condition`: SQL that narrows the judged rows, as `where` does; the kind never sees it. `columns` and `column` are names
 * as they are, or expressions where they have a parenthesis, a comma, a quote or a cast in them.
 */
type ParameterType =
  | "reference"
  | "column"
  | "columns"
  | "expression"
  | "condition"
  | "text"
  | "number"
  | "boolean"
  | "values"
  | { readonly oneOf: readonly string[] };

export type Parameter = {
  readonly name: string;
  readonly type: ParameterType;
  readonly isRequired: boolean;
  /** One sentence for the reference page. */
  readonly description: string;
};

export type ArgumentValue =
  | { readonly kind: "value"; readonly value: PlainValue; readonly span: Span }
  /** What the reference means in this run. */
  | { readonly kind: "relation"; readonly relation: Sql; readonly span: Span };

export type DataTestInput = {
  /** What the tested node means in this run, ready to stand in FROM. */
  readonly relation: Sql;
  readonly column: string | undefined;
  readonly arguments: ReadonlyMap<string, ArgumentValue>;
  /** The test's `where` and its conditions, already an Sql with its origin. */
  readonly where: Sql | undefined;
  /** The same relation as it stands on live, where that is another one; it may not be there yet. */
  readonly live: Sql | undefined;
  /** A function, for few kinds ask. */
  readonly history: () => RowHistory;
};

/** How many rows this very test judged in earlier runs that were published. */
export type RowHistory = {
  /** Of one column, the newest first. */
  readonly counts: Sql;
  /** The relation that it reads, which may not be there yet. */
  readonly from: Sql;
};

export type FailingRows = RowRows | QueryRows | KeyRows | ParentRows | MeasuredRows | ScreenedRows | PastRows | NoRows;

/** A predicate over one row of the relation, true for a failing row; such tests share one scan. */
type RowRows = {
  readonly kind: "row";
  readonly predicate: Sql;
  /** It is dear and looks at this column alone: where that has few values, each of them is asked once. */
  readonly perValue: string | undefined;
};

/** A query whose rows are the failures, already narrowed by `where`. */
type QueryRows = {
  readonly kind: "query";
  readonly query: Sql;
  /** How many rows could fail: a number; undefined: those of the relation. */
  readonly judged: Sql | undefined;
  /** What it compares with and may not be there yet; then nothing fails. */
  readonly needs: Sql | undefined;
};

/** The columns tell the rows apart. `nulls`: rows with a NULL in them are left out, or NULLs are equal to each other. */
type KeyRows = {
  readonly kind: "key";
  readonly query: Sql;
  readonly columns: readonly string[];
  readonly nulls: "left out" | "equal";
};

/** The column's values stand in a column of another relation; NULL passes. */
type ParentRows = {
  readonly kind: "parent";
  readonly query: Sql;
  readonly column: string;
  readonly parent: Sql;
  readonly field: string;
  /** Only these rows of the parent count. */
  readonly among: Sql | undefined;
};

/**
 * Numbers over all judged rows, and what they must be: aggregates that ride in the scan, narrowed by `filter`. `query`
 * shows what was measured in one row.
 */
type MeasuredRows = {
  readonly kind: "measured";
  /** How many failures: 0 or NULL where it holds. */
  readonly failures: Sql;
  readonly query: Sql;
  /**
   * They keep a statement from running in parallel, or sort: on a big relation those of one name have a statement of
   * their own.
   */
  readonly apart: string | undefined;
  readonly needs: Sql | undefined;
};

/** A query of failing rows, and a cheaper look that is 0 where there can be none. */
type ScreenedRows = {
  readonly kind: "screened";
  readonly query: Sql;
  readonly from: Sql;
  readonly suspects: Sql;
  readonly how: "hashes" | "counts";
};

/** No query finds them: the past is rebuilt at so many cut-offs, by whom the run was handed for it. */
type PastRows = { readonly kind: "past"; readonly cutoffs: number; readonly seed: number };

/** There is nothing to compare with, so it holds. */
type NoRows = { readonly kind: "none"; readonly because: string };

/** The parts of the reference page. */
export type Section = "keys" | "values" | "relations" | "order" | "statistics" | "shape" | "expectations";

export type DataTest = {
  /** dbt's name. */
  readonly name: string;
  readonly section: Section;
  readonly description: string;
  /** As YAML, for what is not obvious. */
  readonly example: string | undefined;
  readonly isColumnTest: boolean;
  readonly parameters: readonly Parameter[];
  /** What is wrong with arguments that each fit; undefined: nothing. */
  readonly refuses: (given: ReadonlyMap<string, TestArgument>, of: "source" | "node") => string | undefined;
  readonly failingRows: (input: DataTestInput) => FailingRows;
};

export type DataTests = ReadonlyMap<string, DataTest>;
