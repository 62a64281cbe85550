/** From a place in a line of plain YAML to the scalar or flow collection that stands there; undefined for anything unusual. */
import { type Located, type SourceFile, spanOf } from "../../domain/source.ts";
import type { Scalar, Tree, TreeEntry } from "../../domain/tree.ts";

/** `end` is where what follows begins. */
export type Found = { readonly tree: Tree; readonly end: number };

const WORDS: ReadonlyMap<string, Scalar> = new Map<string, Scalar>([
  ["null", null],
  ["Null", null],
  ["NULL", null],
  ["true", true],
  ["True", true],
  ["TRUE", true],
  ["false", false],
  ["False", false],
  ["FALSE", false],
]);

export const scalarTree = (file: SourceFile, start: number, end: number): Tree | undefined => {
  const text = file.text.slice(start, end);
  const value = plainScalar(text);
  return value === undefined ? undefined : { kind: "scalar", value, span: spanOf(file, start, end) };
};

const plainScalar = (text: string): Scalar | undefined => {
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  if (/^[A-Za-z_(]/.test(text)) return text;
  if (/^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,6})?$/.test(text)) return Number(text);
  // No number holds a space or looks like a date.
  if (/^\d(?:[^ ]* .*|\d{3}-\d\d-\d\d)$/.test(text)) return text;
  // Other numbers, and everything that begins with a sign of YAML's own.
  return undefined;
};

export const quotedScalar = (file: SourceFile, start: number, end: number): Found | undefined => {
  const quote = file.text[start] ?? "";
  const close = file.text.indexOf(quote, start + 1);
  if (close === -1 || close >= end) return undefined;
  const value = file.text.slice(start + 1, close);
  // Escapes: "\n" in one kind of quotes, '' in the other.
  if (quote === '"' ? value.includes("\\") : file.text[close + 1] === "'") return undefined;
  const span = value === "" ? spanOf(file, start, close + 1) : spanOf(file, start + 1, close);
  return { tree: { kind: "scalar", value, span }, end: close + 1 };
};

export const flowCollection = (file: SourceFile, start: number, end: number): Found | undefined =>
  file.text[start] === "[" ? flowList(file, start, end) : flowMapping(file, start, end);

const flowList = (file: SourceFile, start: number, end: number): Found | undefined => {
  const items: Tree[] = [];
  let at = skipSpaces(file, start + 1, end);
  if (file.text[at] === "]") return { tree: { kind: "list", items, span: spanOf(file, start, at + 1) }, end: at + 1 };
  for (;;) {
    const item = flowValue(file, at, end);
    if (item === undefined) return undefined;
    items.push(item.tree);
    at = skipSpaces(file, item.end, end);
    if (file.text[at] === "]") return { tree: { kind: "list", items, span: spanOf(file, start, at + 1) }, end: at + 1 };
    if (at >= end || file.text[at] !== ",") return undefined;
    at = skipSpaces(file, at + 1, end);
  }
};

const KEY = /(?:[A-Za-z_+][\w+.-]*|"[^"\\\n]+"|'[^'\n]+'):(?=[ \n]|$)/y;

/** A plain or simply quoted key, and where its colon stands; undefined where the line does not go on with one. */
export const keyAt = (file: SourceFile, start: number, end: number): FoundKey | undefined => {
  KEY.lastIndex = start;
  if (!KEY.test(file.text) || KEY.lastIndex > end) return undefined;
  const colon = KEY.lastIndex - 1;
  const quotes = /["']/.test(file.text[start] ?? "") ? 1 : 0;
  const span = spanOf(file, start + quotes, colon - quotes);
  return { key: { value: file.text.slice(span.start, span.end), span }, colon };
};

export type FoundKey = { readonly key: Located<string>; readonly colon: number };

const flowMapping = (file: SourceFile, start: number, end: number): Found | undefined => {
  const entries: TreeEntry[] = [];
  const done = (at: number): Found => ({
    tree: { kind: "mapping", entries, span: spanOf(file, start, at + 1) },
    end: at + 1,
  });
  let at = skipSpaces(file, start + 1, end);
  if (file.text[at] === "}") return done(at);
  for (;;) {
    const found = keyAt(file, at, end);
    if (found === undefined) return undefined;
    const { key, colon } = found;
    if (entries.some((e) => e.key.value === key.value)) return undefined;
    const value = flowValue(file, skipSpaces(file, colon + 1, end), end);
    if (value === undefined) return undefined;
    entries.push({ key, value: value.tree });
    at = skipSpaces(file, value.end, end);
    if (file.text[at] === "}") return done(at);
    if (at >= end || file.text[at] !== ",") return undefined;
    at = skipSpaces(file, at + 1, end);
  }
};

const flowValue = (file: SourceFile, start: number, end: number): Found | undefined => {
  if (start >= end) return undefined;
  const first = file.text[start];
  if (first === "[" || first === "{") return flowCollection(file, start, end);
  if (first === '"' || first === "'") return quotedScalar(file, start, end);
  let stop = start;
  while (stop < end && !",[]{}#:".includes(file.text[stop] ?? "")) stop++;
  // `a: b`, `a::b` and ` #` mean other things in other places: not here.
  if (stop >= end || "[{#:".includes(file.text[stop] ?? "")) return undefined;
  let valueEnd = stop;
  while (valueEnd > start && file.text[valueEnd - 1] === " ") valueEnd--;
  const tree = valueEnd === start ? undefined : scalarTree(file, start, valueEnd);
  return tree && { tree, end: stop };
};

const skipSpaces = ({ text }: SourceFile, from: number, end: number): number => {
  let at = from;
  while (at < end && text[at] === " ") at++;
  return at;
};
