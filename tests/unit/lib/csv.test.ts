import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeRow, rowFields, rowText } from "../../../src/lib/csv-field.ts";
import { MAX_ROW_BYTES, openCsv, RowTooLongError } from "../../../src/lib/csv-read.ts";
import { isUsable, ROW } from "../../../src/lib/csv-scan.ts";
import { plainBytes } from "../../../src/lib/gzip-by-content.ts";

async function* chunked(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size);
}

type Read = {
  readonly header: readonly string[] | undefined;
  readonly rows: readonly (readonly (string | null)[])[];
  readonly bad: readonly { readonly line: number; readonly state: number; readonly raw: string }[];
  readonly lines: readonly number[];
};

const read = async (content: string | Buffer, size = 1 << 16, delimiter = ","): Promise<Read> => {
  const file = await openCsv(chunked(Buffer.from(content), size), delimiter);
  const rows: (readonly (string | null)[])[] = [];
  const bad: { line: number; state: number; raw: string }[] = [];
  const lines: number[] = [];
  for await (const block of file.blocks) {
    for (let row = block.first; row < block.count; row++) {
      const state = block.states[row] ?? 0;
      if (state === ROW.blank) continue;
      if (isUsable(state)) {
        rows.push(rowFields(block, row));
        lines.push(block.lines[row] ?? 0);
      } else bad.push({ line: block.lines[row] ?? 0, state, raw: rowText(block, row) });
    }
  }
  return { header: file.header?.names, rows, bad, lines };
};

const cell = fc.oneof(
  fc.constant(null),
  fc.constantFrom("", '"', '""', ",", ";", "\n", "\r\n", "\r", "\\.", "NULL", "a,b", ' "x" '),
  fc.string({ unit: "binary" }).map((text) => text.replaceAll("\0", "")),
);

describe("reading CSV", () => {
  test("gives back what was written, whatever the cells, the delimiter, the line ends and the chunks", async () => {
    const table = fc
      .integer({ min: 1, max: 4 })
      .chain((columns) => fc.array(fc.array(cell, { minLength: columns, maxLength: columns }), { maxLength: 8 }));
    await fc.assert(
      fc.asyncProperty(
        table,
        fc.constantFrom(",", ";", "\t", "|"),
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom("\n", "\r\n", "\r"),
        fc.boolean(),
        async (rows, delimiter, size, lineEnd, hasMark) => {
          const header = (rows[0] ?? ["a"]).map((_, i) => `c${i}`);
          const text = [header, ...rows].map((row) => encodeRow(row, delimiter).slice(0, -1) + lineEnd).join("");
          // Empty lines of a file of several columns are no rows; encodeRow writes none of those.
          const got = await read(`${hasMark ? "\ufeff" : ""}${text}`, size, delimiter);
          expect(got.header).toEqual(header);
          expect(got.bad).toEqual([]);
          expect(got.rows).toEqual(rows);
        },
      ),
    );
  });

  test("tells an unquoted empty field from the empty string", async () => {
    expect((await read('a,b\n,""\n"",\n')).rows).toEqual([
      [null, ""],
      ["", null],
    ]);
  });

  test("takes a file without a last line end", async () => {
    expect((await read("a,b\n1,2")).rows).toEqual([["1", "2"]]);
  });

  test("numbers rows by the physical line on which they begin", async () => {
    const got = await read('a,b\n1,"x\ny"\r\n\n2,z\n', 3);
    expect(got.rows).toEqual([
      ["1", "x\ny"],
      ["2", "z"],
    ]);
    expect(got.lines).toEqual([2, 5]);
  });

  test("reports ragged rows with line and raw text, and goes on with the good ones", async () => {
    const got = await read('a,b\n1,2\n3\n4,5,6\n"7","8"\n', 2);
    expect(got.rows).toEqual([
      ["1", "2"],
      ["7", "8"],
    ]);
    expect(got.bad).toEqual([
      { line: 3, state: ROW.ragged, raw: "3" },
      { line: 4, state: ROW.ragged, raw: "4,5,6" },
    ]);
  });

  test("reports text after a closing quote, and a quotation that never closes", async () => {
    const got = await read('a,b\n"x"y,2\n3,4\n5,"6\n7,8\n');
    expect(got.rows).toEqual([["3", "4"]]);
    expect(got.bad).toEqual([
      { line: 2, state: ROW.malformed, raw: '"x"y,2' },
      { line: 4, state: ROW.unclosed, raw: '5,"6\n7,8\n' },
    ]);
  });

  test("takes a quote inside an unquoted field for a letter", async () => {
    expect((await read('a,b\n5" pipe,x"y"\n')).rows).toEqual([['5" pipe', 'x"y"']]);
  });

  test("reports rows that are not UTF-8 or hold a NUL, and only those", async () => {
    const bytes = Buffer.concat([Buffer.from("a,b\n1,é\n2,"), Buffer.from([0xe9, 0x0a]), Buffer.from("3,\0\n4,ü\n")]);
    const got = await read(bytes, 5);
    expect(got.rows).toEqual([
      ["1", "é"],
      ["4", "ü"],
    ]);
    expect(got.bad).toEqual([
      { line: 3, state: ROW.badUtf8, raw: "2,\ufffd" },
      { line: 4, state: ROW.nul, raw: "3,\ufffd" },
    ]);
  });

  test("knows a file without any line from one with a header only", async () => {
    expect(await read("")).toEqual({ header: undefined, rows: [], bad: [], lines: [] });
    expect(await read("\ufeff")).toEqual({ header: undefined, rows: [], bad: [], lines: [] });
    expect((await read("a,b")).header).toEqual(["a", "b"]);
  });

  test("stops at a row that would fill the memory", async () => {
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('a,b\n1,"');
      for (let i = 0; i <= MAX_ROW_BYTES / 1_000_000; i++) yield Buffer.alloc(1_000_000 + 100_000, 0x78);
      yield Buffer.alloc(2 * MAX_ROW_BYTES, 0x78);
    }
    const file = await openCsv(endless(), ",");
    await expect(file.blocks.next()).rejects.toEqual(new RowTooLongError(2));
  });
});

describe("gzip by content", () => {
  test("unpacks what is gzipped and passes what is not, whatever the chunks", async () => {
    const text = "a,b\n1,2\n";
    const packed = Buffer.concat([gzipSync(text), gzipSync("3,4\n")]);
    const all = async (bytes: Buffer, size: number): Promise<string> => {
      const parts: Uint8Array[] = [];
      for await (const part of plainBytes(chunked(bytes, size))) parts.push(part);
      return Buffer.concat(parts).toString();
    };
    expect(await all(packed, 1)).toBe("a,b\n1,2\n3,4\n");
    expect(await all(Buffer.from(text), 1)).toBe(text);
    expect(await all(Buffer.alloc(0), 1)).toBe("");
  });
});
