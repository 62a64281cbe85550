/** From an offset in a text to the line and column that an editor shows, and back to the line's own text. */

/** Both 1-based; the column counts UTF-16 units, as editors do when they jump to `path:line:column`. */
export type TextPosition = { readonly line: number; readonly column: number };

export const positionAt = (text: string, offset: number): TextPosition => {
  const end = Math.max(0, Math.min(offset, text.length));
  const starts = lineStartsOf(text);
  let line = 1;
  for (let above = starts.length; line < above; ) {
    const middle = Math.ceil((line + above) / 2);
    if ((starts[middle - 1] ?? 0) <= end) line = middle;
    else above = middle - 1;
  }
  return { line, column: end - (starts[line - 1] ?? 0) + 1 };
};

/** Of the text asked for last: thousands of mistakes in one large file are placed in no time. */
let latest: { readonly text: string; readonly starts: readonly number[] } = { text: "", starts: [0] };

const lineStartsOf = (text: string): readonly number[] => {
  if (latest.text === text) return latest.starts;
  const starts = [0];
  for (let i = text.indexOf("\n"); i !== -1; i = text.indexOf("\n", i + 1)) starts.push(i + 1);
  latest = { text, starts };
  return starts;
};

/** The offset of a 1-based line and column; past a line's end, its end. */
export const offsetAt = (text: string, { line, column }: TextPosition): number => {
  let start = 0;
  for (let n = 1; n < line; n++) {
    const next = text.indexOf("\n", start);
    if (next === -1) return text.length;
    start = next + 1;
  }
  const end = text.indexOf("\n", start);
  return Math.min(start + Math.max(0, column - 1), end === -1 ? text.length : end);
};

/** Where the line that holds `offset` begins and ends; its line break is not part of it. */
export const lineAround = (text: string, offset: number): { readonly start: number; readonly end: number } => {
  const start = offset <= 0 ? 0 : text.lastIndexOf("\n", offset - 1) + 1;
  const lineBreak = text.indexOf("\n", start);
  const end = lineBreak === -1 ? text.length : lineBreak;
  return { start, end: end > start && text[end - 1] === "\r" ? end - 1 : end };
};
