/** A mapping from the rows of a file to raw tables: `ingest/*.yml`; with a path in seeds/ it is a raw-loading seed. */
import type { RelationName } from "./names.ts";
import type { Located, Span } from "./source.ts";

export type IngestMapping = {
  readonly name: string;
  readonly format: "csv";
  readonly delimiter: string;
  /** Field texts that mean NULL. */
  readonly nullTexts: readonly string[];
  /** The file of a raw-loading seed, relative to the project; undefined: given on the command line. */
  readonly path: Located<string> | undefined;
  readonly steps: readonly IngestStep[];
  readonly span: Span;
};

export type IngestStep = {
  readonly into: RelationName;
  readonly intoSpan: Span;
  readonly key: readonly Located<string>[];
  /** Target column → SQL expression over `f`. */
  readonly columns: readonly { readonly name: Located<string>; readonly expression: Located<string> }[];
  /** Columns that a later row may change; undefined: all that is no key; []: insert only. */
  readonly update: readonly Located<string>[] | undefined;
  readonly where: Located<string> | undefined;
  /** Reason → condition under which a row is refused. */
  readonly reject: readonly { readonly reason: string; readonly condition: Located<string> }[];
  readonly span: Span;
};

export type IngestCounts = {
  readonly read: number;
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  /** Rows of one key with equal mapped values, counted once. */
  readonly merged: number;
  readonly rejected: number;
};
