/** A short CSV text in, its rows with the place of every field out; what cannot be read as CSV is told by its row. */
import { fieldCount, fieldText } from "./csv-field.ts";
import { isUsable, makeScanner, ROW } from "./csv-scan.ts";

export type CsvField = {
  /** An unquoted empty field is null. */
  readonly value: string | null;
  /** UTF-16 offsets in the text. */
  readonly start: number;
  readonly end: number;
};

export type CsvText = {
  readonly rows: readonly (readonly CsvField[])[];
  readonly malformed: readonly { readonly start: number; readonly end: number }[];
};

export const readCsvText = (text: string): CsvText => {
  const bytes = Buffer.from(text);
  const scanned = makeScanner(",".charCodeAt(0))(bytes, 1, "end of file");
  const offsetOf = offsetsIn(text, bytes);
  const rows: CsvField[][] = [];
  const malformed: { start: number; end: number }[] = [];
  for (let row = scanned.first; row < scanned.count; row++) {
    const [start, end] = [scanned.starts[row] ?? 0, scanned.ends[row] ?? 0];
    const state = scanned.states[row] ?? 0;
    if (state === ROW.blank || bytes.toString("utf8", start, end).trim() === "") continue;
    if (!isUsable(state)) {
      malformed.push({ start: offsetOf(start), end: offsetOf(end) });
      continue;
    }
    const first = scanned.fieldsFrom[row] ?? 0;
    rows.push(
      Array.from({ length: fieldCount(scanned, row) }, (_, column) => ({
        value: fieldText(scanned, row, column),
        start: offsetOf(column === 0 ? start : (scanned.fieldEnds[first + column - 1] ?? 0) + 1),
        end: offsetOf(scanned.fieldEnds[first + column] ?? 0),
      })),
    );
  }
  return { rows, malformed };
};

const offsetsIn = (text: string, bytes: Buffer): ((offset: number) => number) =>
  // In ASCII bytes are characters.
  bytes.length === text.length ? (offset) => offset : (offset) => bytes.toString("utf8", 0, offset).length;
