/** A CSV file of entities in, its header and the bytes for COPY out, each row with its line in front; lines that do not fit are told. */
import { type Diagnostic, errorOf, failed, type Outcome, ok } from "../../domain/diagnostic.ts";
import type { Span } from "../../domain/source.ts";
import { encodeRow, fieldCount, rowFields, rowText } from "../../lib/csv-field.ts";
import { openCsv, RowTooLongError } from "../../lib/csv-read.ts";
import { isUsable, ROW } from "../../lib/csv-scan.ts";
import type { EntityColumns } from "./entity-times.ts";

export type EntityFile = {
  readonly columns: EntityColumns;
  /** Rows as COPY takes them. What is wrong with a line is pushed to `found`, and the row left out. */
  readonly rows: AsyncGenerator<Buffer, void, undefined>;
  readonly found: readonly Diagnostic[];
};

/** After so many wrong lines the rest is not told. */
const MOST_TOLD = 20;

export const openEntityFile = async (
  source: AsyncIterable<Uint8Array>,
  label: string,
): Promise<Outcome<EntityFile>> => {
  const { header, blocks } = await openCsv(source, ",");
  if (header === undefined) return failed(wrong(`${label} is empty`, undefined, "its first line names the columns"));
  const { names, line } = header;
  const at = placeInFile(label, line, names, 0);
  if (!isUsable(header.state)) return failed(wrong(`the header of ${label} cannot be read`, at, "is it a CSV file?"));
  const unnamed = names.indexOf("");
  if (unnamed >= 0) {
    const place = placeInFile(label, line, names, unnamed);
    return failed(wrong(`column ${unnamed + 1} of ${label} has no name`, place, "name it, or take it out"));
  }
  const second = names.findIndex((name, i) => names.indexOf(name) < i);
  if (second >= 0) {
    const place = placeInFile(label, line, names, second);
    return failed(wrong(`${label} has the column "${names[second]}" twice`, place, "leave one out"));
  }
  const found: Diagnostic[] = [];
  return ok({ columns: { names, of: label, at }, rows: copied(blocks, names.length, label, found), found });
};

async function* copied(
  blocks: Awaited<ReturnType<typeof openCsv>>["blocks"],
  columns: number,
  label: string,
  found: Diagnostic[],
): AsyncGenerator<Buffer, void, undefined> {
  try {
    for await (const rows of blocks) {
      let text = "";
      for (let row = rows.first; row < rows.count; row++) {
        const state = rows.states[row] ?? ROW.plain;
        const line = rows.lines[row] ?? 1;
        if (state === ROW.blank) continue;
        if (isUsable(state)) text += encodeRow([String(line), ...rowFields(rows, row)], ",");
        else if (found.length < MOST_TOLD) {
          const at = placeInFile(label, line, [rowText(rows, row)], 0);
          found.push(badRow(`line ${line} of ${label} ${faultOf(state, fieldCount(rows, row), columns)}`, at));
        }
      }
      if (text !== "") yield Buffer.from(text);
    }
  } catch (error) {
    if (!(error instanceof RowTooLongError)) throw error;
    found.push(badRow(error.message, undefined));
  }
}

const faultOf = (state: number, fields: number, columns: number): string => {
  if (state === ROW.ragged) return `has ${fields} fields, and the header ${columns}`;
  if (state === ROW.badUtf8) return "is not UTF-8";
  if (state === ROW.nul) return "holds a NUL character";
  return state === ROW.unclosed ? "begins a quotation that never ends" : "has text after a closing quote";
};

/** A field of a line as a place: a stand-in for the file, which is not kept, with that line where it stands. */
export const placeInFile = (path: string, line: number, fields: readonly (string | null)[], column: number): Span => {
  const before = "\n".repeat(line - 1);
  const whole = encodeRow(fields, ",").trimEnd();
  const start = before.length + (column === 0 ? 0 : encodeRow(fields.slice(0, column), ",").length);
  const field = encodeRow([fields[column] ?? null], ",").trimEnd();
  return { file: { path, text: before + whole }, start, end: start + Math.max(1, field.length) };
};

export const badRow = (message: string, at: Span | undefined, help?: string): Diagnostic =>
  errorOf("features/bad-row", message, { at, help });

const wrong = (message: string, at: Span | undefined, help: string): Diagnostic =>
  errorOf("features/bad-entities", message, { at, help });
