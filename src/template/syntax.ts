/** A parsed template: a closed tree of statements and expressions, in which everything knows its place in the file. */
import type { SourceFile, Span } from "../domain/source.ts";

export type Template = {
  readonly file: SourceFile;
  /** `{{config …}}`, which stands at the top or nowhere. */
  readonly config: Tag | undefined;
  /** `{{params …}}` of a macro or an own generic test. */
  readonly params: Tag | undefined;
  readonly body: readonly Statement[];
};

export type Tag = {
  readonly positional: readonly Expression[];
  readonly named: readonly NamedArgument[];
  readonly span: Span;
};

export type NamedArgument = { readonly name: string; readonly nameSpan: Span; readonly value: Expression };

export type Statement =
  | TextStatement
  | { readonly kind: "output"; readonly expression: Expression; readonly span: Span }
  | BlockStatement
  | MacroCall;

/** `text` is a slice of the file, `span` where it stands: whitespace control cuts both. */
type TextStatement = { readonly kind: "text"; readonly text: string; readonly span: Span };

export const BLOCKS = ["if", "unless", "each", "with"] as const;
export type BlockName = (typeof BLOCKS)[number];

export type BlockStatement = {
  readonly kind: "block";
  readonly name: BlockName;
  readonly subject: Expression;
  /** `as |item index|` */
  readonly blockParameters: readonly string[];
  readonly body: readonly Statement[];
  readonly otherwise: readonly Statement[];
  /** The block's name in its opening tag. */
  readonly span: Span;
};

export type MacroCall = {
  readonly kind: "macro";
  readonly name: string;
  readonly nameSpan: Span;
  readonly named: readonly NamedArgument[];
  readonly span: Span;
};

export type Expression = TextLiteral | PlainLiteral | Path | Call;

/** `content` is what stands between the quotes. */
type TextLiteral = {
  readonly kind: "text";
  readonly value: string;
  readonly span: Span;
  readonly content: Span;
};

type PlainLiteral = { readonly kind: "plain"; readonly value: number | boolean | null; readonly span: Span };

export type Path = {
  readonly kind: "path";
  /** `@index` */
  readonly isData: boolean;
  /** Written with `this`, `.` or `..` in front: never a helper or a parameter of an outer block. */
  readonly isScoped: boolean;
  /** How many `../` stand in front. */
  readonly depth: number;
  readonly parts: readonly string[];
  /** As it was written. */
  readonly original: string;
  readonly span: Span;
};

export type Call = {
  readonly kind: "call";
  readonly callee: Path;
  readonly positional: readonly Expression[];
  readonly named: readonly NamedArgument[];
  readonly span: Span;
};
