/** What an expression of a template can be, with the marks that decide whether and how it may be printed. */
import type { RenderedPiece } from "../domain/rendered.ts";
import type { Origin } from "../domain/source.ts";
import type { PlainValue } from "../domain/tree.ts";
import { unreachable } from "../domain/unreachable.ts";

type TextPiece = Extract<RenderedPiece, { kind: "text" }>;

/** A text from outside (`var`, `env_var`, `target`) may be printed only after `literal` or `ident`. */
export type Part = (TextPiece & { readonly isOutside: boolean }) | Exclude<RenderedPiece, { kind: "text" }>;

export type Value =
  /** References and run facts are texts, too, whose words are not known yet. */
  | { readonly kind: "text"; readonly parts: readonly Part[] }
  | { readonly kind: "plain"; readonly value: number | boolean | null }
  | { readonly kind: "list"; readonly items: readonly Value[] }
  | { readonly kind: "mapping"; readonly entries: ReadonlyMap<string, Value> };

export type Marks = { readonly isOutside: boolean; readonly isSecret: boolean };

/** Written in a template: it is SQL. */
export const WRITTEN: Marks = { isOutside: false, isSecret: false };
export const OUTSIDE: Marks = { isOutside: true, isSecret: false };
export const SECRET: Marks = { isOutside: true, isSecret: true };

export const textValue = (text: string, origin: Origin, marks: Marks): Value => ({
  kind: "text",
  parts: [{ kind: "text", text, origin, ...marks }],
});

export const plainValue = (value: number | boolean | null): Value => ({ kind: "plain", value });

export const partValue = (part: Part): Value => ({ kind: "text", parts: [part] });

/** Data as a value; every text in it, keys of mappings apart, carries the marks. */
export const fromData = (data: PlainValue, origin: Origin, marks: Marks): Value => {
  if (typeof data === "string") return textValue(data, origin, marks);
  if (data === null || typeof data !== "object") return plainValue(data);
  if (isList(data)) return { kind: "list", items: data.map((item) => fromData(item, origin, marks)) };
  return {
    kind: "mapping",
    entries: new Map(Object.entries(data).map(([key, item]) => [key, fromData(item, origin, marks)])),
  };
};

const isList = (data: PlainValue): data is readonly PlainValue[] => Array.isArray(data);

/** The words of a text; undefined when a reference or run fact is in it, whose words only the run knows. */
export const wordsOf = (value: Value): string | undefined => {
  if (value.kind !== "text") return undefined;
  let words = "";
  for (const part of value.parts) {
    if (part.kind !== "text") return undefined;
    words += part.text;
  }
  return words;
};

export const marksOf = (value: Value): Marks => {
  const parts = value.kind === "text" ? value.parts : [];
  const texts = parts.filter((part) => part.kind === "text");
  return { isOutside: texts.some((part) => part.isOutside), isSecret: texts.some((part) => part.isSecret) };
};

/** As Handlebars has it: empty texts and lists, 0, false and null are not. */
export const isTruthy = (value: Value): boolean => {
  switch (value.kind) {
    case "text":
      return wordsOf(value) !== "";
    case "plain":
      return Boolean(value.value);
    case "list":
      return value.items.length > 0;
    case "mapping":
      return true;
    default:
      return unreachable(value);
  }
};

/** For messages: "a text", "a number", "a reference". */
export const kindName = (value: Value): string => {
  if (value.kind === "text") return wordsOf(value) === undefined ? "a reference" : "a text";
  if (value.kind === "plain") return value.value === null ? "null" : `a ${typeof value.value}`;
  return `a ${value.kind}`;
};
