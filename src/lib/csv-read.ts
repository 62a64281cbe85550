/** Streams CSV: bytes of any chunking come in, the header and blocks of judged rows go out, in constant memory. */
import { isUtf8 } from "node:buffer";
import { rowFields } from "./csv-field.ts";
import { type CsvRows, isUsable, makeScanner, ROW } from "./csv-scan.ts";

export type CsvFile = {
  /** Undefined: the file holds no line at all. */
  readonly header: CsvHeader | undefined;
  /** Each block is to be used up before the next is asked for. */
  readonly blocks: AsyncGenerator<CsvRows, void, undefined>;
};

type CsvHeader = { readonly names: readonly string[]; readonly line: number; readonly state: number };

/** A quotation that never closes would swallow the file, and the memory with it. */
export const MAX_ROW_BYTES = 32 * 1024 * 1024;

export class RowTooLongError extends Error {
  readonly line: number;
  constructor(line: number) {
    super(`the row that begins on line ${line} is longer than ${MAX_ROW_BYTES / 1024 / 1024} MiB`);
    this.name = "RowTooLongError";
    this.line = line;
  }
}

/** Reads as far as the header; `delimiter` is one ASCII character. */
export const openCsv = async (source: AsyncIterable<Uint8Array>, delimiter: string): Promise<CsvFile> => {
  const blocks = scanBlocks(source, delimiter.charCodeAt(0));
  const first = await nextNonEmpty(blocks);
  if (first === undefined) return { header: undefined, blocks: noBlocks() };
  const names = rowFields(first, 0).map((name) => name ?? "");
  judge(first, names.length);
  const header = { names, line: first.lines[0] ?? 1, state: first.states[0] ?? ROW.plain };
  return { header, blocks: rest({ ...first, first: 1 }, blocks, names.length) };
};

async function* rest(
  first: CsvRows,
  blocks: AsyncGenerator<CsvRows, void, undefined>,
  columns: number,
): AsyncGenerator<CsvRows, void, undefined> {
  try {
    if (first.count > 1) yield first;
    for await (const rows of blocks) {
      judge(rows, columns);
      yield rows;
    }
  } finally {
    await blocks.return();
  }
}

async function* noBlocks(): AsyncGenerator<CsvRows, void, undefined> {}

const nextNonEmpty = async (blocks: AsyncGenerator<CsvRows, void, undefined>): Promise<CsvRows | undefined> => {
  const next = await blocks.next();
  return next.done === true ? undefined : next.value;
};

async function* scanBlocks(
  source: AsyncIterable<Uint8Array>,
  delimiter: number,
): AsyncGenerator<CsvRows, void, undefined> {
  const scan = makeScanner(delimiter);
  let isStart = true;
  let line = 1;
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let wanted = 1;
  for await (const chunk of source) {
    pending.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    pendingBytes += chunk.byteLength;
    if (pendingBytes < (isStart ? 3 : wanted)) continue;
    const bytes = withoutMark(pending, isStart);
    isStart = false;
    const rows = scan(bytes, line, "more follows");
    if (rows.count > 0) yield rows;
    line = rows.nextLine;
    const left = bytes.subarray(rows.consumed);
    if (left.length > MAX_ROW_BYTES) throw new RowTooLongError(line);
    pending = left.length === 0 ? [] : [left];
    pendingBytes = left.length;
    // A row that spans many chunks is scanned again only when it has doubled, so that the work stays linear.
    wanted = rows.count === 0 ? left.length * 2 : 1;
  }
  const rows = scan(withoutMark(pending, isStart), line, "end of file");
  if (rows.count > 0) yield rows;
}

const withoutMark = (pending: readonly Buffer[], isStart: boolean): Buffer => {
  const [only] = pending;
  const bytes = pending.length === 1 && only !== undefined ? only : Buffer.concat(pending);
  const hasMark = isStart && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  return hasMark ? bytes.subarray(3) : bytes;
};

/** Marks what cannot be used; the arrays are the scanner's own and are written in place. */
const judge = (rows: CsvRows, columns: number): void => {
  const { bytes, states, starts, ends, fieldsFrom } = rows;
  const whole = bytes.subarray(0, rows.consumed);
  const isText = isUtf8(whole);
  const hasNul = whole.includes(0);
  for (let row = 0; row < rows.count; row++) {
    const start = starts[row] ?? 0;
    const end = ends[row] ?? 0;
    if (!isText && !isUtf8(bytes.subarray(start, end))) states[row] = ROW.badUtf8;
    else if (hasNul && bytes.subarray(start, end).includes(0)) states[row] = ROW.nul;
    else if (isUsable(states[row] ?? 0) && (fieldsFrom[row + 1] ?? 0) - (fieldsFrom[row] ?? 0) !== columns) {
      states[row] = start === end ? ROW.blank : ROW.ragged;
    }
  }
};
