/** A value that stands in braces of its own, as pieces of SQL; or why it cannot be printed, with the fix. */
import { type Diagnostic, errorOf } from "../domain/diagnostic.ts";
import type { RenderedPiece } from "../domain/rendered.ts";
import type { Origin, Span } from "../domain/source.ts";
import { unreachable } from "../domain/unreachable.ts";
import type { Expression } from "./syntax.ts";
import { marksOf, type Part, type Value } from "./value.ts";

export type Printed =
  | { readonly ok: true; readonly pieces: readonly RenderedPiece[] }
  | { readonly ok: false; readonly diagnostic: Diagnostic };

/** `span` is the whole tag, braces included. */
export const print = (value: Value, expression: Expression, span: Span, origin: Origin): Printed => {
  const source = sourceOf(expression);
  const refuse = (message: string, help: string): Printed => ({
    ok: false,
    diagnostic: errorOf("template/not-printable", message, { at: expression.span, help }),
  });
  switch (value.kind) {
    case "text":
      if (marksOf(value).isOutside) return { ok: false, diagnostic: unsafe(expression, span) };
      return { ok: true, pieces: value.parts.filter((p) => p.kind !== "text" || p.text !== "").map(pieceOf) };
    case "plain":
      if (value.value === null || (typeof value.value === "number" && !Number.isFinite(value.value)))
        return refuse(`${value.value} is printed`, `for SQL's NULL or a quoted number write {{literal ${source}}}`);
      return { ok: true, pieces: [{ kind: "text", text: String(value.value), origin, isSecret: false }] };
    case "list":
      return refuse(
        "a list is printed",
        `write {{join ${source} ", "}}, for quoted values {{join (literal ${source}) ", "}}, or {{#each ${source}}}`,
      );
    case "mapping":
      return refuse("a mapping is printed", "name one of its fields, or go over them with #each");
    default:
      return unreachable(value);
  }
};

const pieceOf = (part: Part): RenderedPiece => {
  if (part.kind !== "text") return part;
  const { text, origin, isSecret } = part;
  return { kind: "text", text, origin, isSecret };
};

const unsafe = (expression: Expression, { file, start, end }: Span): Diagnostic => {
  const written = file.text.slice(start, end);
  const source = sourceOf(expression);
  const before = file.text.charAt(start - 1);
  const isQuoted = (quote: string): boolean => before === quote && file.text.charAt(end) === quote;
  const help = isQuoted("'")
    ? `write {{literal ${source}}} in place of '${written}'`
    : isQuoted('"')
      ? `write {{ident ${source}}} in place of "${written}"`
      : `write {{literal ${source}}} for a value, {{ident ${source}}} for a name`;
  return errorOf("template/unsafe-print", "a string from outside is printed as bare SQL", {
    at: expression.span,
    help,
  });
};

/** An expression as an argument. */
const sourceOf = (expression: Expression): string => {
  const { file, start, end } = expression.span;
  const text = file.text.slice(start, end);
  return expression.kind === "call" && !text.startsWith("(") ? `(${text})` : text;
};
