/** CSV fields as text: decodes those that a scan found, and encodes rows. An unquoted empty field is null, `""` is "". */
import type { CsvRows } from "./csv-scan.ts";

const QUOTE = 0x22;

export const fieldCount = (rows: CsvRows, row: number): number =>
  (rows.fieldsFrom[row + 1] ?? 0) - (rows.fieldsFrom[row] ?? 0);

export const rowFields = (rows: CsvRows, row: number): readonly (string | null)[] =>
  Array.from({ length: fieldCount(rows, row) }, (_, column) => fieldText(rows, row, column));

export const fieldText = (rows: CsvRows, row: number, column: number): string | null => {
  const field = (rows.fieldsFrom[row] ?? 0) + column;
  const end = rows.fieldEnds[field] ?? 0;
  const start = column === 0 ? (rows.starts[row] ?? 0) : (rows.fieldEnds[field - 1] ?? 0) + 1;
  if (start === end) return null;
  if (rows.bytes[start] !== QUOTE) return rows.bytes.toString("utf8", start, end);
  const isClosed = end - start > 1 && rows.bytes[end - 1] === QUOTE;
  return rows.bytes.toString("utf8", start + 1, isClosed ? end - 1 : end).replaceAll('""', '"');
};

/** The row as it stands in the file, without its line end; bytes that are no text become �. */
export const rowText = (rows: CsvRows, row: number): string =>
  rows.bytes.toString("utf8", rows.starts[row] ?? 0, rows.ends[row] ?? 0).replaceAll("\0", "\ufffd");

/** One row with its line end; a lone `\.` is quoted, because COPY takes it for the end of the data. */
export const encodeRow = (fields: readonly (string | null)[], delimiter: string): string =>
  `${fields.map((field) => encodeField(field, delimiter)).join(delimiter)}\n`;

const encodeField = (text: string | null, delimiter: string): string => {
  if (text === null) return "";
  const isBare = text !== "" && text !== "\\." && !text.includes(delimiter) && !/["\r\n]/.test(text);
  return isBare ? text : `"${text.replaceAll('"', '""')}"`;
};
