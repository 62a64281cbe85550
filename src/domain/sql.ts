/**
 * SQL as a value: pieces of text that remember where they were written. It is made only with the `sql` tag,
 * `ident`, `literal`, `relation` and, for what an author wrote, `authored`; a bare string in the tag does not compile.
 */
import type { RelationName } from "./names.ts";
import type { Origin, Span } from "./source.ts";

export type SqlPiece = {
  readonly text: string;
  /** Where an author wrote it; undefined for what Galley generates. */
  readonly origin: Origin | undefined;
  /** Came from the environment: shown and stored as •••. */
  readonly isSecret: boolean;
};

export type Sql = { readonly kind: "sql"; readonly pieces: readonly SqlPiece[] };

const generated = (text: string): SqlPiece => ({ text, origin: undefined, isSecret: false });

/** Composes SQL from SQL: sql`select ${ident("a")} from ${relation(r)}`. */
export const sql = (strings: TemplateStringsArray, ...values: readonly Sql[]): Sql => {
  const pieces: SqlPiece[] = [];
  const own = ownPieces(strings);
  for (let i = 0; i < own.length; i++) {
    const piece = own[i];
    if (piece !== undefined) pieces.push(piece);
    addPieces(pieces, values[i]);
  }
  return { kind: "sql", pieces };
};

/** What stands between the values, made once for each place in the code: thousands of statements come from one. */
const ownPieces = (strings: TemplateStringsArray): readonly (SqlPiece | undefined)[] => {
  const known = madeOnce.get(strings);
  if (known !== undefined) return known;
  const made = strings.map((text) => (text === "" ? undefined : generated(text)));
  madeOnce.set(strings, made);
  return made;
};

const madeOnce = new WeakMap<TemplateStringsArray, readonly (SqlPiece | undefined)[]>();

/** One by one: ten thousand rows of values are more arguments than a call may have. */
const addPieces = (pieces: SqlPiece[], value: Sql | undefined): void => {
  if (value !== undefined) for (const piece of value.pieces) pieces.push(piece);
};

/** A quoted identifier. */
export const ident = (name: string): Sql => ({ kind: "sql", pieces: [generated(quoteIdentifier(name))] });

/** A literal: strings are quoted, numbers and booleans printed, null is NULL. */
export const literal = (value: string | number | bigint | boolean | null): Sql => ({
  kind: "sql",
  pieces: [generated(quoteLiteral(value))],
});

/** `text[]` as one literal: of thousands of values the server reads it many times faster than as many literals. */
export const textArray = (values: readonly (string | null)[]): Sql => {
  const elements = values.map((value) => (value === null ? "NULL" : `"${value.replaceAll(/["\\]/g, "\\$&")}"`));
  return sql`${literal(`{${elements.join(",")}}`)}::text[]`;
};

export const relation = ({ schema, name }: RelationName): Sql => ({
  kind: "sql",
  pieces: [generated(`${quoteIdentifier(schema)}.${quoteIdentifier(name)}`)],
});

/** Text that an author wrote as SQL: a template's output, an expression of a property file. */
export const authored = (text: string, origin: Origin | undefined): Sql => ({
  kind: "sql",
  pieces: [{ text, origin, isSecret: false }],
});

export const sqlOf = (pieces: readonly SqlPiece[]): Sql => ({ kind: "sql", pieces });

export const joinSql = (parts: readonly Sql[], separator: Sql): Sql => {
  const pieces: SqlPiece[] = [];
  parts.forEach((part, i) => {
    if (i > 0) addPieces(pieces, separator);
    addPieces(pieces, part);
  });
  return { kind: "sql", pieces };
};

export const idents = (names: readonly string[]): Sql => joinSql(names.map(ident), sql`, `);

/** The text for the server. */
export const textOf = ({ pieces }: Sql): string => {
  let text = "";
  for (const piece of pieces) text += piece.text;
  return text;
};

/** The text for people, files and logs: secrets are masked. */
export const shownText = (value: Sql): string => value.pieces.map((p) => (p.isSecret ? "•••" : p.text)).join("");

/** What a server says of a statement, without the secrets in it: it likes to repeat the value that it refuses. */
export const maskedText = (value: Sql, said: string): string => {
  const secrets = value.pieces.filter((p) => p.isSecret).flatMap((p) => [p.text.trim(), bareValue(p.text)]);
  const longestFirst = secrets.filter((secret) => secret !== "").sort((a, b) => b.length - a.length);
  return longestFirst.reduce((masked, secret) => masked.replaceAll(secret, "•••"), said);
};

/** What stands in a literal or identifier. */
const bareValue = (quoted: string): string => {
  const parts = /^\s*(E?)(['"])([\s\S]*)\2$/.exec(quoted);
  if (parts === null) return quoted.trim();
  const [, escaped = "", quote = "", inner = ""] = parts;
  const once = inner.replaceAll(quote + quote, quote);
  return escaped === "" ? once : once.replaceAll("\\\\", "\\");
};

/**
 * The author's place for a 1-based character position in `textOf(value)`, as PostgreSQL reports it (in code points).
 * Undefined where the piece was generated.
 */
export const originAt = (value: Sql, position: number): Origin | undefined =>
  originAtOffset(value, codePointOffset(textOf(value), position - 1));

/** The same for a UTF-16 offset in `textOf(value)`. */
export const originAtOffset = (value: Sql, position: number): Origin | undefined => {
  let offset = position;
  for (const piece of value.pieces) {
    if (offset < piece.text.length) {
      if (piece.origin === undefined) return undefined;
      const { span, calledFrom } = piece.origin;
      if (!isVerbatim(piece.text, span)) return piece.origin;
      const start = span.start + offset;
      const word = /^[\p{L}\p{N}_$]+/u.exec(piece.text.slice(offset))?.[0].length ?? 1;
      return { span: { file: span.file, start, end: Math.min(start + word, span.end) }, calledFrom };
    }
    offset -= piece.text.length;
  }
  return undefined;
};

/** A piece that stands in its file as it is printed maps letter by letter; anything else maps to its whole span. */
export const isVerbatim = (text: string, { file, start, end }: Span): boolean =>
  end - start === text.length && file.text.startsWith(text, start);

/** The UTF-16 offset of the character with this 0-based number. */
export const codePointOffset = (text: string, count: number): number => {
  let offset = 0;
  for (let i = 0; i < count && offset < text.length; i++) offset += (text.codePointAt(offset) ?? 0) > 0xffff ? 2 : 1;
  return offset;
};

export const quoteIdentifier = (name: string): string => {
  if (name.includes("\0")) throw new Error("an identifier cannot hold a NUL character");
  return `"${name.replaceAll('"', '""')}"`;
};

export const quoteLiteral = (value: string | number | bigint | boolean | null): string => {
  if (value === null) return "NULL";
  if (typeof value === "number" && !Number.isFinite(value)) return `'${value}'::float8`;
  // Parentheses, or `a -${literal(-1)}` would begin a comment.
  if (typeof value !== "string") return typeof value !== "boolean" && value < 0 ? `(${value})` : String(value);
  if (value.includes("\0")) throw new Error("a text literal cannot hold a NUL character");
  const quoted = `'${value.replaceAll("'", "''")}'`;
  // E'' so that the meaning does not depend on standard_conforming_strings.
  return value.includes("\\") ? ` E${quoted.replaceAll("\\", "\\\\")}` : quoted;
};
