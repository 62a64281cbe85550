/**
 * The part of YAML that most property files are made of (block mappings and lists, plain, block and simply quoted scalars,
 * flow collections on one line), read directly: several times as fast as the whole language. Whatever goes beyond that part,
 * every mistake included, is answered with undefined, and the whole language's reader decides.
 * A property test holds the two readers together.
 */
import { type SourceFile, spanOf } from "../../domain/source.ts";
import type { Tree, TreeEntry } from "../../domain/tree.ts";
import { blockScalar } from "./plain-yaml-block.ts";
import { type Found, flowCollection, keyAt, quotedScalar, scalarTree } from "./plain-yaml-values.ts";

export const readPlainYaml = (file: SourceFile): Tree | undefined => {
  const lines = linesOf(file.text);
  if (lines === undefined || lines.length === 0) return undefined;
  const reader: Reader = { file, lines, next: 0 };
  const tree = block(reader, lines[0]?.indent ?? 0);
  return reader.next === lines.length ? tree : undefined;
};

/** Offsets of a line's text, without indentation, comment lines and empty ones left out. */
type Line = { readonly indent: number; readonly start: number; readonly end: number };

type Reader = { readonly file: SourceFile; readonly lines: Line[]; next: number };

const linesOf = (text: string): Line[] | undefined => {
  if (/[\t\r\u0085\u2028\u2029\uFEFF]|^(?:---|\.\.\.|%)/m.test(text)) return undefined;
  const lines: Line[] = [];
  for (let from = 0; from < text.length; ) {
    const lineBreak = text.indexOf("\n", from);
    const lineEnd = lineBreak === -1 ? text.length : lineBreak;
    let start = from;
    while (start < lineEnd && text[start] === " ") start++;
    let end = lineEnd;
    while (end > start && text[end - 1] === " ") end--;
    if (start < end && text[start] !== "#") lines.push({ indent: start - from, start, end });
    from = lineEnd + 1;
  }
  return lines;
};

const block = (reader: Reader, indent: number): Tree | undefined => {
  const line = reader.lines[reader.next];
  if (line === undefined || line.indent !== indent) return undefined;
  return isItem(reader.file.text, line) ? list(reader, indent) : mapping(reader, indent);
};

const isItem = (text: string, { start, end }: Line): boolean =>
  text[start] === "-" && (start + 1 === end || text[start + 1] === " ");

const list = (reader: Reader, indent: number): Tree | undefined => {
  const { file, lines } = reader;
  const items: Tree[] = [];
  const first = lines[reader.next]?.start ?? 0;
  for (let line = lines[reader.next]; line?.indent === indent; line = lines[reader.next]) {
    if (!isItem(file.text, line)) break;
    let start = line.start + 1;
    while (start < line.end && file.text[start] === " ") start++;
    if (start === line.end || file.text[start] === "#") return undefined;
    // What stands behind the dash is a line of its own that is indented so far.
    const inner: Line = { indent: indent + start - line.start, start, end: line.end };
    const isBlock = isItem(file.text, inner) || keyAt(file, inner.start, inner.end) !== undefined;
    let item: Tree | undefined;
    if (isBlock) {
      lines[reader.next] = inner;
      item = block(reader, inner.indent);
    } else item = valueOnLine(reader, inner, indent);
    if (item === undefined) return undefined;
    items.push(item);
  }
  return { kind: "list", items, span: spanOf(file, first, items.at(-1)?.span.end ?? first) };
};

const mapping = (reader: Reader, indent: number): Tree | undefined => {
  const { file, lines } = reader;
  const entries: TreeEntry[] = [];
  const seen = new Set<string>();
  const first = lines[reader.next]?.start ?? 0;
  for (let line = lines[reader.next]; line?.indent === indent; line = lines[reader.next]) {
    const found = keyAt(file, line.start, line.end);
    if (found === undefined || seen.has(found.key.value)) return undefined;
    const { key, colon } = found;
    seen.add(key.value);
    const value = valueOfKey(reader, line, colon + 1, indent);
    if (value === undefined) return undefined;
    entries.push({ key, value: value === "nothing" ? { kind: "scalar", value: null, span: key.span } : value });
  }
  return { kind: "mapping", entries, span: spanOf(file, first, entries.at(-1)?.value.span.end ?? first) };
};

const valueOfKey = (reader: Reader, line: Line, from: number, indent: number): Tree | "nothing" | undefined => {
  const { file, lines } = reader;
  let start = from;
  while (start < line.end && file.text[start] === " ") start++;
  if (file.text[start] === ">" || file.text[start] === "|") {
    const found = blockScalar(file, start, line.end, indent);
    // Lines that look like keys or comments were text.
    while ((lines[reader.next]?.start ?? Number.POSITIVE_INFINITY) < (found?.end ?? 0)) reader.next++;
    return found?.tree;
  }
  if (start < line.end && file.text[start] !== "#") return valueOnLine(reader, { ...line, start }, indent);
  reader.next++;
  const next = lines[reader.next];
  if (next === undefined || next.indent < indent) return "nothing";
  if (next.indent > indent) return block(reader, next.indent);
  return isItem(file.text, next) ? list(reader, indent) : "nothing";
};

/** A value that ends with its line: nothing below may go on with it. */
const valueOnLine = (reader: Reader, { start, end }: Line, indent: number): Tree | undefined => {
  const { file, lines } = reader;
  reader.next++;
  if ((lines[reader.next]?.indent ?? 0) > indent) return undefined;
  const first = file.text[start] ?? "";
  if (first === "[" || first === "{") return whole(file, flowCollection(file, start, end), end);
  if (first === '"' || first === "'") return whole(file, quotedScalar(file, start, end), end);
  const comment = file.text.slice(start, end).search(/ +#/);
  const stop = comment === -1 ? end : start + comment;
  const text = file.text.slice(start, stop);
  return /:( |$)/.test(text) ? undefined : scalarTree(file, start, stop);
};

/** After a value only a comment may stand on its line. */
const whole = ({ text }: SourceFile, found: Found | undefined, end: number): Tree | undefined =>
  found !== undefined && /^(?: +#.*)?$/.test(text.slice(found.end, end)) ? found.tree : undefined;
