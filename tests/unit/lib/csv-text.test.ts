import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeRow } from "../../../src/lib/csv-field.ts";
import { readCsvText } from "../../../src/lib/csv-text.ts";

const value = fc.option(fc.string({ unit: fc.constantFrom("a", "ß", "日", "😀", '"', ",", " ", "\n") }), { nil: null });
/** A row of blanks alone is no row. */
const rows = fc.array(fc.tuple(fc.constantFrom("x", "y"), value, value), { minLength: 1, maxLength: 5 });

describe("a CSV text", () => {
  it("is read as it was written, each value at its place", () => {
    fc.assert(
      fc.property(rows, (written) => {
        const text = written.map((row) => encodeRow(row, ",")).join("");
        const { rows: read, malformed } = readCsvText(text);
        expect(malformed).toEqual([]);
        expect(read.map((row) => row.map((field) => field.value))).toEqual(written);
        for (const { value: one, start, end } of read.flat()) {
          const there = text.slice(start, end);
          const bare = there.startsWith('"') ? there.slice(1, -1).replaceAll('""', '"') : there;
          expect(there === "" ? null : bare).toBe(one);
        }
      }),
    );
  });

  it("has places after characters of several bytes", () => {
    const text = 'näme,日\n"é,1",x\n';
    const places = readCsvText(text)
      .rows.flat()
      .map(({ start, end }) => text.slice(start, end));
    expect(places).toEqual(["näme", "日", '"é,1"', "x"]);
  });

  it("tells of a quotation that is not closed, and passes over empty lines", () => {
    const text = 'a,b\n\n1,2\n  \n3,"x';
    const { rows: read, malformed } = readCsvText(text);
    expect(read.map((row) => row.map((field) => field.value))).toEqual([
      ["a", "b"],
      ["1", "2"],
    ]);
    expect(malformed.map(({ start, end }) => text.slice(start, end))).toEqual(['3,"x']);
  });
});
