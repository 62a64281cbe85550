/** PostgreSQL's own parser (WASM): a text in, its statements as plain trees with UTF-16 offsets out, or the error. */
import { codePointOffset } from "../domain/sql.ts";

/** A node of the parse tree as the parser writes it; `location`s in it are byte offsets, absent for 0. */
export type Tree = { readonly [key: string]: unknown };

export const isTree = (value: unknown): value is Tree =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export type Statement = {
  readonly tree: Tree;
  /** From after the statement before it to its own `;`, which is not included. */
  readonly start: number;
  readonly end: number;
  readonly endsWithSemicolon: boolean;
};

export type Parsed =
  | {
      readonly kind: "statements";
      readonly statements: readonly Statement[];
      /** From a `location` of the tree to a UTF-16 offset. */
      readonly offsetOf: (location: unknown) => number;
    }
  | { readonly kind: "error"; readonly message: string; readonly offset: number };

export type Parse = (text: string) => Parsed;

/** Loading takes some 40 ms, so it waits until a command compiles. */
export const loadParser = async (): Promise<Parse> => {
  const library = await import("libpg-query");
  await library.loadModule();
  return (text) => {
    // The library has no answer for the empty text.
    if (text === "") return { kind: "statements", statements: [], offsetOf: () => 0 };
    try {
      const offsetOf = offsetsIn(text);
      const statements = (library.parseSync(text).stmts ?? []).map(({ stmt, stmt_location, stmt_len }): Statement => {
        const start = stmt_location ?? 0;
        // No length: to the end of the text.
        const end = stmt_len === undefined || stmt_len === 0 ? undefined : offsetOf(start + stmt_len);
        return {
          tree: (stmt ?? {}) as Tree,
          start: offsetOf(start),
          end: end ?? text.length,
          endsWithSemicolon: end !== undefined,
        };
      });
      return { kind: "statements", statements, offsetOf };
    } catch (error) {
      // The stack is full: tens of thousands of operators in a row. PostgreSQL has a limit of its own (54001).
      if (error instanceof RangeError) return { kind: "error", message: "this query nests too deeply", offset: 0 };
      if (!library.hasSqlDetails(error)) throw error;
      // Here alone the library counts characters, from 0.
      const offset = codePointOffset(text, error.sqlDetails?.cursorPosition ?? 0);
      return { kind: "error", message: error.message, offset };
    }
  };
};

const offsetsIn = (text: string): ((location: unknown) => number) => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the ASCII range, for which bytes are characters
  if (/^[\x00-\x7f]*$/.test(text)) return (location) => (typeof location === "number" ? location : 0);
  const bytes = Buffer.from(text);
  return (location) => (typeof location === "number" ? bytes.toString("utf8", 0, location).length : 0);
};

/** Visits what stands under a name of a tree, and of all below it, from the outside in. */
export const eachPart = (node: unknown, visit: (key: string, part: Tree) => void): void => {
  if (Array.isArray(node)) {
    for (const item of node) eachPart(item, visit);
    return;
  }
  if (!isTree(node)) return;
  for (const [key, value] of Object.entries(node)) {
    if (isTree(value)) visit(key, value);
    eachPart(value, visit);
  }
};
