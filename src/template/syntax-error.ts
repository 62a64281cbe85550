/** What Handlebars' parser threw in, a diagnostic at the exact place out. */

import { type Diagnostic, errorOf } from "../domain/diagnostic.ts";
import { type SourceFile, type Span, spanOf, wholeFile } from "../domain/source.ts";
import { handlebarsParser } from "./handlebars-parser.ts";
import type { Places } from "./places.ts";

/** Rethrows what is no syntax error: that is a bug of ours. */
export const syntaxError = (file: SourceFile, places: Places, error: unknown): Diagnostic => {
  if (!(error instanceof Error)) throw error;
  // The stack is full: thousands of blocks in each other.
  if (error instanceof RangeError)
    return errorOf("template/syntax", `${file.path} nests too deeply`, { at: wholeFile(file) });
  if (/^(Parse|Lexical) error on line/.test(error.message)) return atToken(file, error.message);
  const located = locatedBy(error);
  if (located === undefined) throw error;
  const at = places.spanAt(located);
  const mismatch = /^(\S+) doesn't match (\S+) - /.exec(error.message);
  if (mismatch !== null)
    return errorOf("template/unclosed-block", `{{#${mismatch[1]}}} is closed by {{/${mismatch[2]}}}`, {
      at,
      help: `close it with {{/${mismatch[1]}}}`,
    });
  const message = error.message.replace(/ - \d+:\d+$/, "");
  return errorOf("template/syntax", message.charAt(0).toLowerCase() + message.slice(1), { at });
};

/** The message has only the line: the lexer, which still stands on the offending token, has the rest. */
const atToken = (file: SourceFile, message: string): Diagnostic => {
  const { _input: rest, match } = handlebarsParser().parser.lexer;
  const end = file.text.length - rest.length;
  const token = spanOf(file, end - match.length, end);
  const isAtEnd = message.includes("got 'EOF'");
  const open = isAtEnd ? lastOpenBlock(file) : undefined;
  if (open !== undefined)
    return errorOf("template/unclosed-block", `{{#${open.name}}} is not closed`, {
      at: open.span,
      help: `end it with {{/${open.name}}}`,
    });
  const written = file.text.slice(token.start, token.end).trim();
  const opening = lastOpening(file.text, token.start - 1);
  const isUnended = !file.text.includes("}}", opening);
  // Another opening: the tag before it was never ended.
  if (isAtEnd || isUnended || written === "" || written.startsWith("{{"))
    return errorOf("template/syntax", "a tag is opened and not closed", {
      at: spanOf(file, opening, opening + 2),
      help: "end it with }}, or write \\{{ for two plain braces",
    });
  return errorOf("template/syntax", `"${written}" cannot stand here`, {
    at: token,
    help: "a tag is {{helper argument name=value}}, {{#block value}} … {{/block}} or {{> macro name=value}}; arguments are separated by blanks",
  });
};

const locatedBy = (error: object): Parameters<Places["spanAt"]>[0] | undefined => {
  if (!("lineNumber" in error && "column" in error && "endLineNumber" in error && "endColumn" in error))
    return undefined;
  return {
    start: { line: Number(error.lineNumber), column: Number(error.column) },
    end: { line: Number(error.endLineNumber), column: Number(error.endColumn) },
  };
};

const lastOpening = (text: string, before: number): number => Math.max(0, text.lastIndexOf("{{", before));

/** Comments and raw blocks hide what looks like a block, so they are read over. */
const BLOCK_TAGS = /\{\{!--[\s\S]*?--~?\}\}|\{\{~?![\s\S]*?\}\}|\\\{\{|\{\{~?(?<mark>[#^/])\s*(?<name>[^\s~}]+)/g;

const lastOpenBlock = (file: SourceFile): { readonly name: string; readonly span: Span } | undefined => {
  const open: { readonly name: string; readonly span: Span }[] = [];
  for (const match of file.text.matchAll(BLOCK_TAGS)) {
    const { mark, name } = match.groups ?? {};
    if (mark === undefined || name === undefined) continue;
    if (mark === "/") open.pop();
    else open.push({ name, span: spanOf(file, match.index, match.index + match[0].length) });
  }
  return open.at(-1);
};
