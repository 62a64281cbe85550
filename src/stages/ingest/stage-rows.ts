/** Rows of a file in; the bytes that COPY takes into the staging table, each row with its line, its fault and its raw text, out. */
import { encodeRow, fieldCount, rowFields, rowText } from "../../lib/csv-field.ts";
import { type CsvRows, isUsable, ROW } from "../../lib/csv-scan.ts";
import type { CsvTable } from "./open-table.ts";
import { rowFault } from "./row-faults.ts";

const QUOTE = 0x22;
const LF = 0x0a;

/** Good rows go through as they are; bad ones travel along without fields, so that nothing piles up here. */
export async function* stagedRows(
  { columns, blocks }: CsvTable,
  delimiter: string,
  nullTexts: readonly string[],
): AsyncGenerator<Buffer, void, undefined> {
  const nulls = nullTexts.map((text) => Buffer.from(text));
  for await (const rows of blocks) yield stagedBlock(rows, columns.length, delimiter, nulls);
}

const stagedBlock = (rows: CsvRows, columns: number, delimiter: string, nulls: readonly Buffer[]): Buffer => {
  const parts: Buffer[] = [];
  // Line, delimiters, quotes and the row twice: what a row without quotes can grow to.
  const out = Buffer.allocUnsafe(2 * rows.consumed + 64 * rows.count);
  const separator = delimiter.charCodeAt(0);
  const emptyIsText = !nulls.some((text) => text.length === 0);
  let at = 0;
  let flushed = 0;
  const append = (text: string): void => {
    if (at > flushed) parts.push(out.subarray(flushed, at));
    flushed = at;
    parts.push(Buffer.from(text));
  };
  for (let row = rows.first; row < rows.count; row++) {
    const state = rows.states[row] ?? 0;
    if (state === ROW.blank) continue;
    if (!isUsable(state)) {
      const fault = `the row ${rowFault(state, fieldCount(rows, row), columns)}`;
      append(encodeRow([String(rows.lines[row]), fault, rowText(rows, row), ...blanks(columns)], delimiter));
      continue;
    }
    const start = rows.starts[row] ?? 0;
    const end = rows.ends[row] ?? 0;
    const isBare = state === ROW.plain && !emptyIsText && !holdsQuote(rows.bytes, start, end);
    if (!isBare) {
      const fields = rowFields(rows, row).map((text, i) => meant(text, isQuoted(rows, row, i), nullTexts(nulls)));
      append(encodeRow([String(rows.lines[row]), null, rowText(rows, row), ...fields], delimiter));
      continue;
    }
    at += out.write(String(rows.lines[row]), at, "latin1");
    out[at++] = separator;
    out[at++] = separator;
    out[at++] = QUOTE;
    at += rows.bytes.copy(out, at, start, end);
    out[at++] = QUOTE;
    out[at++] = separator;
    at = copyFields(rows, row, nulls, out, at);
    out[at++] = LF;
  }
  if (at > flushed) parts.push(out.subarray(flushed, at));
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
};

const nullTexts = (nulls: readonly Buffer[]): readonly string[] => nulls.map((text) => text.toString());

const blanks = (columns: number): readonly null[] => Array.from({ length: columns }, () => null);

/** Only what stands without quotes can mean NULL. */
const meant = (text: string | null, isInQuotes: boolean, nulls: readonly string[]): string | null => {
  if (isInQuotes) return text;
  return nulls.includes(text ?? "") ? null : (text ?? "");
};

const fieldStart = (rows: CsvRows, row: number, column: number): number =>
  column === 0 ? (rows.starts[row] ?? 0) : (rows.fieldEnds[(rows.fieldsFrom[row] ?? 0) + column - 1] ?? 0) + 1;

const isQuoted = (rows: CsvRows, row: number, column: number): boolean =>
  rows.bytes[fieldStart(rows, row, column)] === QUOTE;

const holdsQuote = (bytes: Buffer, start: number, end: number): boolean => {
  for (let i = start; i < end; i++) if (bytes[i] === QUOTE) return true;
  return false;
};

/** The row's bytes without the fields that mean NULL; answers where the next byte goes. */
const copyFields = (rows: CsvRows, row: number, nulls: readonly Buffer[], out: Buffer, to: number): number => {
  const { bytes, fieldEnds } = rows;
  const until = rows.fieldsFrom[row + 1] ?? 0;
  let start = rows.starts[row] ?? 0;
  let copied = start;
  let at = to;
  for (let field = rows.fieldsFrom[row] ?? 0; field < until; field++) {
    const end = fieldEnds[field] ?? 0;
    if (end > start && isOneOf(bytes, start, end, nulls)) {
      at += bytes.copy(out, at, copied, start);
      copied = end;
    }
    start = end + 1;
  }
  return at + bytes.copy(out, at, copied, rows.ends[row] ?? 0);
};

const isOneOf = (bytes: Buffer, start: number, end: number, texts: readonly Buffer[]): boolean => {
  for (const text of texts) {
    if (text.length === end - start && text[0] === bytes[start] && text.compare(bytes, start, end) === 0) return true;
  }
  return false;
};
