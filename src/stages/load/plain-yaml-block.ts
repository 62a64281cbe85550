/** From the header of a block scalar (`>-`, `>`, `|`, `|-`) to its text; undefined where its lines are not all alike. */
import { type SourceFile, spanOf } from "../../domain/source.ts";
import type { Found } from "./plain-yaml-values.ts";

/** `start` and `end` hold the header; `indent` is that of the key, and every line of the text stands deeper. */
export const blockScalar = (file: SourceFile, start: number, end: number, indent: number): Found | undefined => {
  const header = file.text.slice(start, end);
  if (!/^[|>]-?$/.test(header)) return undefined;
  const lines = linesBelow(file.text, end, indent);
  const [first] = lines;
  if (first === undefined) return undefined;
  let value = "";
  let wasDeeper = false;
  for (const [i, { from, to }] of lines.entries()) {
    const text = file.text.slice(from + first.indent, to);
    // Empty lines and spaces at an end mean more than they show.
    if (file.text.slice(from, from + first.indent).trim() !== "" || text !== text.trimEnd() || text === "")
      return undefined;
    // A folded text keeps the line breaks around lines that stand deeper.
    const isDeeper = text.startsWith(" ");
    const isFolded = header.startsWith(">") && !isDeeper && !wasDeeper;
    value += (i === 0 ? "" : isFolded ? " " : "\n") + text;
    wasDeeper = isDeeper;
  }
  if (!header.endsWith("-")) value += "\n";
  const last = lines.at(-1)?.to ?? end;
  return { tree: { kind: "scalar", value, span: spanOf(file, start, last) }, end: last };
};

type RawLine = { readonly from: number; readonly to: number; readonly indent: number };

/** All lines up to the first that stands no deeper than the key; empty ones at the end are left out. */
const linesBelow = (text: string, headerEnd: number, indent: number): readonly RawLine[] => {
  const lines: RawLine[] = [];
  let known = 0;
  for (let from = text.indexOf("\n", headerEnd) + 1; from > 0 && from < text.length; ) {
    const lineBreak = text.indexOf("\n", from);
    const to = lineBreak === -1 ? text.length : lineBreak;
    let start = from;
    while (start < to && text[start] === " ") start++;
    if (start < to && start - from <= indent) break;
    if (start === to && start > from) return [];
    lines.push({ from, to, indent: start - from });
    if (start < to) known = lines.length;
    from = to + 1;
  }
  // A file that ends without a line break has one line break less in its text.
  return lines.at(known - 1)?.to === text.length ? [] : lines.slice(0, known);
};
