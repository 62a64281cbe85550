/** The contract of plugins/data-tests: what a kind of generic data test takes, and the SQL that finds its failing rows. */
import type { Span } from "../source.ts";
import type { Sql } from "../sql.ts";
import type { PlainValue } from "../tree.ts";

type ParameterType = "reference" | "column" | "columns" | "expression" | "text" | "number" | "boolean" | "values";

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
  /** The test's `where`, already an Sql with its origin. */
  readonly where: Sql | undefined;
};

/**
 * `row`: a predicate over one row of the relation, true for a failing row; such tests share one scan.
 * `query`: a query whose rows are the failures, already narrowed by `where`.
 * `key` and `parent`: such a query too, with what it asks said in words, so that the catalog may have the answer, or a
 * cheaper way may find that there are none.
 */
export type FailingRows =
  | { readonly kind: "row"; readonly predicate: Sql }
  | { readonly kind: "query"; readonly query: Sql }
  | KeyRows
  | ParentRows;

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
};

export type DataTest = {
  /** dbt's name. */
  readonly name: string;
  readonly description: string;
  readonly isColumnTest: boolean;
  readonly parameters: readonly Parameter[];
  readonly failingRows: (input: DataTestInput) => FailingRows;
};

export type DataTests = ReadonlyMap<string, DataTest>;
