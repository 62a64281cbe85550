/**
 * Handlebars' parser without its runtime (loading the whole package costs a third of a small command's time), with
 * its tree as a closed union: the package's own types leave every node open.
 */
import { createRequire } from "node:module";

type Position = { readonly line: number; readonly column: number };
export type Location = { readonly start: Position; readonly end: Position };
type At = { readonly loc: Location };

export type HbProgram = At & {
  readonly type: "Program";
  readonly body: readonly HbStatement[];
  readonly blockParams?: readonly string[];
};

export type HbStatement = HbContent | HbComment | HbMustache | HbBlock | HbPartial | HbRefused;

/** `value` after whitespace control, `original` before it. */
export type HbContent = At & { readonly type: "ContentStatement"; readonly value: string; readonly original: string };
type HbComment = At & { type: "CommentStatement" | "MustacheStatement"; readonly value: string };
export type HbMustache = At & HbCallParts & { type: "MustacheStatement" | "CommentStatement" };
export type HbBlock = At &
  HbCallParts & { readonly type: "BlockStatement"; readonly program?: HbProgram; readonly inverse?: HbProgram };
export type HbPartial = At & {
  type: "PartialStatement" | "MustacheStatement";
  readonly name: HbExpression;
  readonly params: readonly HbExpression[];
  readonly hash?: HbHash;
};
type HbRefused = At & {
  readonly type: "PartialBlockStatement" | "DecoratorBlock" | "Decorator";
  readonly program?: HbProgram;
};

type HbCallParts = {
  readonly path: HbExpression;
  readonly params: readonly HbExpression[];
  readonly hash?: HbHash;
};
export type HbHash = {
  readonly pairs: readonly (At & { readonly key: string; readonly value: HbExpression })[];
};

export type HbExpression = HbPath | HbSubExpression | HbLiteral;
export type HbPath = At & {
  readonly type: "PathExpression";
  readonly data: boolean;
  readonly depth: number;
  readonly parts: readonly string[];
  readonly original: string;
};
type HbSubExpression = At & HbCallParts & { readonly type: "SubExpression" };
type HbLiteral = At &
  (
    | { readonly type: "StringLiteral"; readonly value: string }
    | { readonly type: "NumberLiteral"; readonly value: number }
    | { readonly type: "BooleanLiteral"; readonly value: boolean }
    | { readonly type: "UndefinedLiteral" | "NullLiteral" }
  );

type HandlebarsParser = {
  /** Given a tree instead of a text, only whitespace control is done. */
  readonly parse: (input: string | HbProgram) => HbProgram;
  readonly parseWithoutProcessing: (input: string) => HbProgram;
  /** The one shared parser; after it has thrown, its lexer still stands on the token that it could not place. */
  readonly parser: { readonly lexer: { readonly _input: string; readonly match: string } };
};

let loaded: HandlebarsParser | undefined;

/** Loaded when the first template needs it: its tables take a while to read, and tests of sources have no template. */
export const handlebarsParser = (): HandlebarsParser => {
  loaded ??= createRequire(import.meta.url)("handlebars/dist/cjs/handlebars/compiler/base.js") as HandlebarsParser;
  return loaded;
};
