/** A file as it was read, and a place in it: everything that is said about a user's text points back through these. */

export type SourceFile = {
  /** Relative to the project's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
};

/** A stretch of a file's text: UTF-16 offsets, `end` exclusive. */
export type Span = {
  readonly file: SourceFile;
  readonly start: number;
  readonly end: number;
};

/** Where a piece of SQL was written: the place itself, then the macro calls that led there, innermost first. */
export type Origin = {
  readonly span: Span;
  readonly calledFrom: readonly Span[];
};

/** A value together with the place that says it. */
export type Located<T> = { readonly value: T; readonly span: Span };

export const spanOf = (file: SourceFile, start: number, end: number): Span => ({ file, start, end });

/** The whole file as a place, for what is wrong with a file as such. */
export const wholeFile = (file: SourceFile): Span => ({ file, start: 0, end: 0 });
