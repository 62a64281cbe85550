/** Unit tests: rows that are given in place of what a query reads, and the rows that are then expected of it. */
import type { NodeId } from "./names.ts";
import type { Rendered } from "./rendered.ts";
import type { Located, Span } from "./source.ts";
import type { PlainValue, TreeEntry } from "./tree.ts";

/** A value as its type reads it from text; a list or mapping for arrays and json. */
export type CellValue = string | null | { readonly structure: PlainValue };

export type FixtureCell = {
  readonly column: Located<string>;
  readonly value: CellValue;
  readonly span: Span;
};

export type FixtureRow = readonly FixtureCell[];

/** As a property file says it. */
export type WrittenFixture =
  /** `columns`: a CSV names them even where it has no rows. */
  | {
      readonly kind: "rows";
      readonly columns: readonly Located<string>[];
      readonly rows: readonly FixtureRow[];
      readonly span: Span;
    }
  | { readonly kind: "sql"; readonly text: Located<string>; readonly span: Span };

/** The same with its SQL rendered. */
export type Fixture =
  | Extract<WrittenFixture, { kind: "rows" }>
  | { readonly kind: "sql"; readonly body: Rendered; readonly span: Span };

export type UnitTestProperties = {
  readonly name: Located<string>;
  readonly folders: readonly string[];
  readonly description: string;
  /** The model whose query is asked, or a query of the test's own. */
  readonly subject: { readonly kind: "model" | "query"; readonly text: Located<string> };
  readonly given: readonly { readonly input: Located<string>; readonly fixture: WrittenFixture }[];
  readonly expect: WrittenFixture;
  readonly overrides: {
    readonly macros: readonly TreeEntry[];
    readonly vars: readonly TreeEntry[];
    readonly envVars: readonly TreeEntry[];
  };
  readonly config: readonly TreeEntry[];
  /** Paths of the fixture files that it is made of. */
  readonly files: readonly string[];
};

export type UnitTestConfig = {
  readonly enabled: boolean;
  readonly tags: readonly string[];
  readonly meta: { readonly [key: string]: PlainValue };
};

/** `{{this}}` is the model itself. */
export type Given = { readonly node: NodeId; readonly fixture: Fixture; readonly at: Span };

/** What is asked: a query in which references still stand for nodes, evaluated under the test's overrides. */
export type UnitTestSubject = {
  /** Undefined for a query of the test's own. */
  readonly model: NodeId | undefined;
  readonly body: Rendered;
  /** Ephemeral models whose query the overrides change. */
  readonly ephemerals: ReadonlyMap<NodeId, Rendered>;
  /** What `{{run_started_at}}` says; undefined: the run's time. */
  readonly startedAt: Date | undefined;
  /** The overrides change nothing, so tests of one model ask the same query. */
  readonly isShared: boolean;
};

/** What differs between the rows of a unit test, matched so that as little as possible does. */
export type RowDifferences = {
  readonly columns: readonly string[];
  readonly rows: readonly DifferingRow[];
  /** How many rows are as expected. */
  readonly equal: number;
  readonly expected: number;
  readonly actual: number;
};

/** Values as the server prints them; `cells` stand in the order of the columns. */
export type DifferingRow =
  | { readonly kind: "differs"; readonly cells: readonly DifferingCell[] }
  | { readonly kind: "missing" | "unexpected"; readonly cells: readonly (string | null)[] };

export type DifferingCell = {
  readonly expected: string | null;
  readonly actual: string | null;
  readonly isEqual: boolean;
};
