/** What is wrong with a row, in words, and its place in the file. */
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import { type Span, spanOf } from "../../domain/source.ts";
import { fieldCount, rowText } from "../../lib/csv-field.ts";
import { type CsvRows, ROW } from "../../lib/csv-scan.ts";

/** A predicate whose subject is the row. */
export const rowFault = (state: number, fields: number, columns: number): string => {
  if (state === ROW.ragged) return `has ${fields} ${fields === 1 ? "field" : "fields"} instead of ${columns}`;
  if (state === ROW.malformed) return "has text after a closing quote";
  if (state === ROW.unclosed) return "opens a quotation that never closes";
  if (state === ROW.badUtf8) return "is not UTF-8";
  if (state === ROW.nul) return "holds a NUL byte";
  throw new Error(`a row in state ${state} has no fault`);
};

export const rowDiagnostic = (rows: CsvRows, row: number, label: string, columns: number): Diagnostic => {
  const state = rows.states[row] ?? 0;
  const line = rows.lines[row] ?? 0;
  const code = state === ROW.badUtf8 || state === ROW.nul ? "ingest/not-text" : "ingest/bad-row";
  return errorOf(code, `line ${line} of ${label} ${rowFault(state, fieldCount(rows, row), columns)}`, {
    at: atLine(label, line, rowText(rows, row)),
    help: HELP[state],
  });
};

const HELP: Readonly<Record<number, string>> = {
  [ROW.ragged]: 'a field that holds the delimiter needs quotes: "a,b"',
  [ROW.malformed]: 'a quote inside a quoted field is doubled: "say ""yes"""',
  [ROW.unclosed]: "the rest of the file belongs to this field; close the quotation",
  [ROW.badUtf8]: "save the file as UTF-8, or convert it: iconv -f WINDOWS-1252 -t UTF-8",
};

const LONGEST_SHOWN = 200;

/**
 * A place in a file that is never held whole: a stand-in for its text has this one line where it belongs.
 * Beyond a million lines the message alone says the line.
 */
export const atLine = (label: string, line: number, text: string): Span | undefined => {
  if (line > 1_000_000) return undefined;
  const shown = (text.split(/\r?\n/, 1)[0] ?? "").slice(0, LONGEST_SHOWN);
  const start = line - 1;
  return spanOf({ path: label, text: "\n".repeat(start) + shown }, start, start + shown.length);
};
