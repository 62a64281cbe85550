/** Finds the rows and fields in CSV bytes: in comes a buffer that begins at a row, out go offsets; nothing is decoded. */

/** What is to be known of a row before its fields are used. */
export const ROW = {
  /** Its bytes mean to PostgreSQL's COPY … CSV what they mean here. */
  plain: 0,
  /** A quote inside an unquoted field: a letter here, the start of a quotation to COPY. Well-formed, to be re-encoded. */
  strayQuote: 1,
  /** An empty line in a file of several columns: no row at all. */
  blank: 2,
  /** From here on the row cannot be used. Text follows a closing quote. */
  malformed: 3,
  /** The file ends inside a quotation. */
  unclosed: 4,
  ragged: 5,
  badUtf8: 6,
  nul: 7,
} as const;

export const isUsable = (state: number): boolean => state <= ROW.strayQuote;

/** Rows of one block. The arrays belong to the scanner and are overwritten by its next scan. */
export type CsvRows = {
  readonly bytes: Buffer;
  /** The rows are those from `first` on, below `count`. */
  readonly first: number;
  readonly count: number;
  /** Offsets of each row, its line end excluded. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** The physical line on which each row begins, from 1. */
  readonly lines: Float64Array;
  readonly states: Uint8Array;
  /** Fields `fieldsFrom[r]` to `fieldsFrom[r + 1]` are row r's. */
  readonly fieldsFrom: Int32Array;
  readonly fieldEnds: Int32Array;
  /** Bytes of whole rows, line ends included. */
  readonly consumed: number;
  readonly hasCarriageReturn: boolean;
  /** The line after the last whole row. */
  readonly nextLine: number;
};

export type Scan = (bytes: Buffer, firstLine: number, end: "more follows" | "end of file") => CsvRows;

const QUOTE = 0x22;
const LF = 0x0a;
const CR = 0x0d;

/** A scanner for one delimiter (a byte). Line ends are LF, CRLF or CR; a quotation begins at a field's first byte only. */
export const makeScanner = (delimiter: number): Scan => {
  const special = new Uint8Array(256);
  special[delimiter] = special[QUOTE] = special[LF] = special[CR] = 1;
  let starts = new Int32Array(0);
  let ends = new Int32Array(0);
  let lines = new Float64Array(0);
  let states = new Uint8Array(0);
  let fieldsFrom = new Int32Array(1);
  let fieldEnds = new Int32Array(0);

  const growRows = (): void => {
    const size = Math.max(1024, starts.length * 2);
    starts = grown(starts, new Int32Array(size));
    ends = grown(ends, new Int32Array(size));
    lines = grown(lines, new Float64Array(size));
    states = grown(states, new Uint8Array(size));
    fieldsFrom = grown(fieldsFrom, new Int32Array(size + 1));
  };

  return (bytes, firstLine, end) => {
    const length = bytes.length;
    const isLast = end === "end of file";
    let count = 0;
    let fields = 0;
    let line = firstLine;
    let position = 0;
    let consumed = 0;
    let nextLine = firstLine;
    let hasCarriageReturn = false;

    scanning: while (position < length) {
      if (count === starts.length) growRows();
      starts[count] = position;
      lines[count] = line;
      fieldsFrom[count] = fields;
      let state: number = ROW.plain;
      for (;;) {
        if (bytes[position] === QUOTE) {
          position++;
          for (;;) {
            let byte = bytes[position];
            while (position < length && byte !== QUOTE) {
              if (byte === LF) line++;
              else if (byte === CR) {
                hasCarriageReturn = true;
                if (bytes[position + 1] !== LF) line++;
              }
              byte = bytes[++position];
            }
            if (position >= length) {
              if (!isLast) break scanning;
              state = ROW.unclosed;
              break;
            }
            // A quote at the end of the block may be the first half of a doubled one.
            if (position + 1 === length && !isLast) break scanning;
            if (bytes[position + 1] !== QUOTE) {
              position++;
              break;
            }
            position += 2;
          }
          if (position < length && special[bytes[position] ?? 0] === 0) state = Math.max(state, ROW.malformed);
        }
        for (;;) {
          while (position < length && special[bytes[position] ?? 0] === 0) position++;
          if (position >= length || bytes[position] !== QUOTE) break;
          state = Math.max(state, ROW.strayQuote);
          position++;
        }
        if (fields === fieldEnds.length) {
          fieldEnds = grown(fieldEnds, new Int32Array(Math.max(8192, fields * 2)));
        }
        if (position >= length) {
          if (!isLast) break scanning;
          fieldEnds[fields++] = position;
          ends[count] = position;
          break;
        }
        fieldEnds[fields++] = position;
        const byte = bytes[position];
        if (byte === delimiter) {
          position++;
          continue;
        }
        ends[count] = position;
        if (byte === CR) {
          if (position + 1 === length && !isLast) break scanning;
          hasCarriageReturn = true;
          if (bytes[position + 1] === LF) position++;
        }
        position++;
        line++;
        break;
      }
      states[count] = state;
      count++;
      fieldsFrom[count] = fields;
      consumed = position;
      nextLine = line;
    }
    return {
      bytes,
      first: 0,
      count,
      starts,
      ends,
      lines,
      states,
      fieldsFrom,
      fieldEnds,
      consumed,
      hasCarriageReturn,
      nextLine,
    };
  };
};

const grown = <T extends Int32Array | Float64Array | Uint8Array>(from: T, to: T): T => {
  to.set(from);
  return to;
};
