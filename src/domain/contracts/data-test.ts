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
 */
export type FailingRows =
  | { readonly kind: "row"; readonly predicate: Sql }
  | { readonly kind: "query"; readonly query: Sql };

export type DataTest = {
  /** dbt's name. */
  readonly name: string;
  readonly description: string;
  readonly isColumnTest: boolean;
  readonly parameters: readonly Parameter[];
  readonly failingRows: (input: DataTestInput) => FailingRows;
};

export type DataTests = ReadonlyMap<string, DataTest>;
