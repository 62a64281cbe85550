/** The whole of YAML, by the yaml package: from a text to a tree in which every key and value knows its place. */
import { createRequire } from "node:module";
import type { Document, Node } from "yaml";
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import { type SourceFile, type Span, spanOf, wholeFile } from "../../domain/source.ts";
import type { Scalar, Tree, TreeEntry } from "../../domain/tree.ts";
import { lineAround } from "../../lib/text-position.ts";

type Yaml = typeof import("yaml");

let loaded: Yaml | undefined;

/** Loaded when the first file needs it: most projects need it for none, and it takes a sixth of a small command's time. */
const yaml = (): Yaml => {
  loaded ??= createRequire(import.meta.url)("yaml") as Yaml;
  return loaded;
};

/** What was wrong is pushed to `found`; an empty file is an empty mapping. */
export const readFullYaml = (file: SourceFile, found: Diagnostic[]): Tree | undefined => {
  const document = yaml().parseDocument(file.text, {
    prettyErrors: false,
    uniqueKeys: false,
    keepSourceTokens: false,
    strict: true,
  });
  if (document.errors.length > 0) {
    found.push(...document.errors.slice(0, 1).map((e) => yamlError(file, e.pos, e.message)));
    return undefined;
  }
  const reader: Reader = { file, document, found, depth: 0, parts: { left: MOST_PARTS } };
  return document.contents === null
    ? { kind: "mapping", entries: [], span: wholeFile(file) }
    : treeOf(document.contents as Node, reader);
};

type Reader = {
  readonly file: SourceFile;
  readonly document: Document;
  readonly found: Diagnostic[];
  readonly depth: number;
  readonly parts: { left: number };
};

/** Deeper nesting, or more in one file, is no configuration: it is an alias that holds itself, or an attack. */
const DEEPEST = 60;
const MOST_PARTS = 2_000_000;

const yamlError = (file: SourceFile, [start, end]: readonly [number, number], message: string): Diagnostic =>
  errorOf("load/yaml-syntax", lowerFirst(message.replace(/ at line \d+, column \d+:?[\s\S]*$/, "")), {
    at: spanOf(file, Math.min(start, file.text.length), Math.min(Math.max(end, start + 1), file.text.length)),
    help: yamlHelp(file.text, start),
  });

const lowerFirst = (text: string): string => text.slice(0, 1).toLowerCase() + text.slice(1);

const yamlHelp = (text: string, at: number): string | undefined => {
  const { start, end } = lineAround(text, at);
  const line = text.slice(start, end);
  if (/^\s*\t/.test(line)) return "indent with spaces: YAML does not allow tabs";
  if (/:\s+[^"'\s{[|>].*:(\s|$)/.test(line)) return "a text that holds `: ` needs quotes";
  return undefined;
};

const treeOf = (node: Node, reader: Reader): Tree => {
  const span = placeOf(node, reader.file);
  if (yaml().isScalar(node)) return { kind: "scalar", value: scalarOf(node.value, node.source), span };
  if (yaml().isAlias(node)) return aliasOf(node.source, span, reader);
  const inner = { ...reader, depth: reader.depth + 1 };
  if (inner.depth > DEEPEST || --reader.parts.left < 0) return refused(span, reader, "this nests too deeply");
  if (yaml().isSeq(node)) {
    const items = node.items.map((item) => treeOf(item as Node, inner));
    return { kind: "list", items, span: node.flow === true ? span : upTo(span, items.at(-1)) };
  }
  if (yaml().isMap(node)) {
    const entries = entriesOf(node.items as readonly Pair[], inner);
    return { kind: "mapping", entries, span: node.flow === true ? span : upTo(span, entries.at(-1)?.value) };
  }
  return refused(span, reader, "this is no value");
};

/** Without the line breaks and comments that follow the last part. */
const upTo = (span: Span, last: Tree | undefined): Span => ({ ...span, end: last?.span.end ?? span.end });

type Pair = { readonly key: unknown; readonly value: unknown };

const entriesOf = (pairs: readonly Pair[], reader: Reader): readonly TreeEntry[] => {
  const entries: TreeEntry[] = [];
  const merged: TreeEntry[] = [];
  const seen = new Map<string, Span>();
  for (const pair of pairs) {
    const key = pair.key as Node;
    const span = placeOf(key, reader.file);
    if (!yaml().isScalar(key)) {
      refused(span, reader, "a key is a word, not a list or a mapping");
      continue;
    }
    // `null:` and `1:` are names as well.
    const name = typeof key.value === "string" ? key.value : (key.source ?? "");
    const value: Tree = isNothing(pair.value)
      ? { kind: "scalar", value: null, span }
      : treeOf(pair.value as Node, reader);
    if (name === "<<" && key.type === "PLAIN") {
      merged.push(...mergedEntries(value));
      continue;
    }
    const first = seen.get(name);
    if (first !== undefined) {
      const notes = [{ message: "first here", at: first }];
      reader.found.push(errorOf("load/duplicate-key", `\`${name}\` stands twice in one mapping`, { at: span, notes }));
      continue;
    }
    seen.set(name, span);
    entries.push({ key: { value: name, span }, value });
  }
  return merged.length === 0 ? entries : [...entries, ...merged.filter((e) => !seen.has(e.key.value))];
};

/** `key:` and nothing behind it; its place is the key's. */
const isNothing = (value: unknown): boolean =>
  value === null || (yaml().isScalar(value) && value.value === null && value.range?.[0] === value.range?.[1]);

/** `<<: *anchor`, or a list of them, of which the first wins. */
const mergedEntries = (value: Tree): readonly TreeEntry[] => {
  if (value.kind === "mapping") return value.entries;
  return value.kind === "list" ? value.items.flatMap((item) => (item.kind === "mapping" ? item.entries : [])) : [];
};

const aliasOf = (name: string, span: Span, reader: Reader): Tree => {
  let target: Node | undefined;
  // yaml resolves an alias to the last anchor of that name before it, and throws where there is none.
  for (const pair of anchorsOf(reader.document))
    if (pair.anchor === name && pair.start < span.start) target = pair.node;
  if (target === undefined) return refused(span, reader, `there is no anchor &${name} before this`);
  return treeOf(target, { ...reader, depth: reader.depth + 1 });
};

type Anchored = { readonly anchor: string; readonly node: Node; readonly start: number };

const anchorsOf = (document: Document): readonly Anchored[] => {
  const known = anchors.get(document);
  if (known !== undefined) return known;
  const found: Anchored[] = [];
  collectAnchors(document.contents, found);
  anchors.set(document, found);
  return found;
};

const anchors = new WeakMap<Document, readonly Anchored[]>();

const collectAnchors = (node: unknown, found: Anchored[]): void => {
  if (!(yaml().isScalar(node) || yaml().isSeq(node) || yaml().isMap(node))) return;
  if (node.anchor !== undefined) found.push({ anchor: node.anchor, node, start: node.range?.[0] ?? 0 });
  if (yaml().isSeq(node)) for (const item of node.items) collectAnchors(item, found);
  if (yaml().isMap(node)) for (const pair of node.items) collectAnchors(pair.value, found);
};

const refused = (span: Span, reader: Reader, message: string): Tree => {
  reader.found.push(errorOf("load/yaml-syntax", message, { at: span }));
  return { kind: "scalar", value: null, span };
};

/** A number that JavaScript would round stays the text that was written. */
const scalarOf = (value: unknown, source: string | undefined): Scalar => {
  if (typeof value === "number")
    return Number.isInteger(value) && !Number.isSafeInteger(value) ? (source ?? String(value)) : value;
  return typeof value === "string" || typeof value === "boolean" || value === null ? value : String(value);
};

/** Without the quotes where the text between them is the value, so that places inside it can be told. */
const placeOf = (node: Node, file: SourceFile): Span => {
  const [start, end] = node.range ?? [0, 0];
  if (yaml().isScalar(node) && (node.type === "BLOCK_FOLDED" || node.type === "BLOCK_LITERAL"))
    return spanOf(file, start, start + file.text.slice(start, end).trimEnd().length);
  if (!yaml().isScalar(node) || (node.type !== "QUOTE_DOUBLE" && node.type !== "QUOTE_SINGLE"))
    return spanOf(file, start, end);
  const isPlain = file.text.slice(start + 1, end - 1) === node.value && node.value !== "";
  return isPlain ? spanOf(file, start + 1, end - 1) : spanOf(file, start, end);
};
