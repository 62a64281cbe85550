import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { codeFrame } from "../../../src/lib/code-frame.ts";
import { countOf, durationText } from "../../../src/lib/duration.ts";
import { hashOf } from "../../../src/lib/hash.ts";
import { editDistance, nearest, suggest } from "../../../src/lib/suggest.ts";
import { tableLines } from "../../../src/lib/table.ts";
import { offsetAt, positionAt } from "../../../src/lib/text-position.ts";
import { cutTo, printable, textWidth } from "../../../src/lib/text-width.ts";

const frameOf = (text: string, stretch: string, message = "") => {
  const start = text.indexOf(stretch);
  return codeFrame(text, start, start + stretch.length, message);
};

describe("a code frame", () => {
  it("marks the stretch and says what is wrong behind the mark", () => {
    expect(frameOf('select 1\n  join {{ref "payment"}} p\nwhere x', '"payment"', "no such model")).toBe(
      ['  2 |   join {{ref "payment"}} p', "    |              ~~~~~~~~~ no such model"].join("\n"),
    );
  });

  it("marks where something is missing with one mark", () => {
    expect(codeFrame("select", 6, 6, "unexpected end")).toBe("  1 | select\n    |       ~ unexpected end");
  });

  it("keeps the mark under the stretch after tabs and wide characters", () => {
    expect(frameOf("\tx\tselect '日本' || wrong", "wrong")).toBe(
      ["  1 |     x   select '日本' || wrong", "    |                          ~~~~~"].join("\n"),
    );
  });

  it("is as long as what a reader sees when the stretch itself is wide", () => {
    expect(frameOf("a 日本 b", "日本")).toBe("  1 | a 日本 b\n    |   ~~~~");
  });

  it("marks each line of a stretch over several lines, and counts those that are left out", () => {
    expect(codeFrame("a\n  b\n\n  c\nd\ne\nf", 0, 14, "here")).toBe(
      [
        "  1 | a",
        "    | ~",
        "  2 |   b",
        "    |   ~",
        "  3 |",
        "  4 |   c",
        "    |   ~ here",
        "    | … 2 more lines",
      ].join("\n"),
    );
  });

  it("does not count the carriage return as part of the line", () => {
    expect(codeFrame("a\r\nbb\r\n", 3, 5)).toBe("  2 | bb\n    | ~~");
  });

  it("shows a very long line from a little before the stretch", () => {
    const text = `${"x".repeat(400)} wrong ${"y".repeat(400)}`;
    const [source = "", marks = ""] = frameOf(text, "wrong").split("\n");
    expect(source.slice(marks.indexOf("~"), marks.lastIndexOf("~") + 1)).toBe("wrong");
    expect(source.length).toBeLessThan(180);
  });

  it("never breaks, whatever text and stretch", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.nat(), fc.nat(), (text, a, b) => {
        expect(codeFrame(text, Math.min(a, b), Math.max(a, b))).toMatch(/^ +\d+ \|/);
      }),
    );
  });
});

describe("a text position", () => {
  it("is 1-based, and the column begins again after each line break", () => {
    expect([positionAt("ab\ncd", 0), positionAt("ab\ncd", 2), positionAt("ab\ncd", 4), positionAt("ab", 9)]).toEqual([
      { line: 1, column: 1 },
      { line: 1, column: 3 },
      { line: 2, column: 2 },
      { line: 1, column: 3 },
    ]);
  });

  it("leads back to its offset", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("a", "\n", "\r\n", "é")), fc.nat(), (parts, n) => {
        const text = parts.join("");
        const offset = n % (text.length + 1);
        expect(offsetAt(text, positionAt(text, offset))).toBe(offset);
      }),
    );
  });
});

describe("many text positions", () => {
  it("are found in two texts by turns", () => {
    const texts = ["a\nb", "\n\nab"];
    const lines = [0, 1, 0, 1].map((i) => positionAt(texts[i] ?? "", 3));
    expect(lines.map((p) => [p.line, p.column])).toEqual([
      [2, 2],
      [3, 2],
      [2, 2],
      [3, 2],
    ]);
  });
});

describe("a suggestion", () => {
  it("is the nearest name, and none when nothing is near", () => {
    const names = ["team_rolling_stats", "teams", "matches"];
    expect([suggest("team_rolling_stat", names), suggest("Teams", names), suggest("bankroll", names)]).toEqual([
      "team_rolling_stats",
      "teams",
      undefined,
    ]);
  });

  it("counts two letters that changed places as one slip", () => {
    expect(editDistance("mathces", "matches")).toBe(1);
  });

  it("does not offer another word of two letters", () => {
    expect(suggest("ab", ["ac"])).toBe(undefined);
  });

  it("offers names that hold what was written when there is no mere slip", () => {
    const names = ["team_from", "stats_team_form", "odds"];
    expect([nearest("team_form", names, 3), nearest("team_form", names.slice(1), 3)]).toEqual([
      ["team_from"],
      ["stats_team_form"],
    ]);
  });
});

describe("a table", () => {
  it("puts numbers to the right and texts to the left", () => {
    expect(
      tableLines({
        columns: ["id", "name"],
        rows: [
          ["1", "a"],
          ["12", null],
        ],
        width: 40,
      }),
    ).toEqual(["id  name", "──  ────", " 1  a", "12  NULL"]);
  });

  it("leaves out columns that do not fit and names them", () => {
    const row = ["1", "x".repeat(60), "y".repeat(60)];
    const lines = tableLines({ columns: ["id", "long", "longer"], rows: [row], width: 50 });
    expect(lines[2]).toBe(` 1  ${"x".repeat(39)}…`);
    expect(lines.at(-1)).toBe("… and longer");
  });

  it("shows control characters instead of obeying them", () => {
    expect(printable("a\nb\u001b[31m")).toBe("a\\nb\\u001b[31m");
  });

  it("never is wider than it may be", () => {
    const cell = fc.option(fc.string({ unit: "grapheme", maxLength: 50 }), { nil: null });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(cell, cell, cell), { maxLength: 4 }),
        fc.integer({ min: 24, max: 100 }),
        (rows, width) => {
          for (const line of tableLines({ columns: ["one", "two", "three"], rows, width }))
            expect(textWidth(line)).toBeLessThanOrEqual(width);
        },
      ),
    );
  });

  it("cuts wide characters whole", () => {
    expect([cutTo("日本語", 6), cutTo("日本語", 5), cutTo("日本語", 4)]).toEqual(["日本語", "日本…", "日…"]);
  });
});

describe("numbers for people", () => {
  it("shows a duration with the precision that matters", () => {
    expect([0, 120, 9994, 9996, 59_940, 61_000, 3_599_600, 3_720_000].map(durationText)).toEqual([
      "0.00 s",
      "0.12 s",
      "9.99 s",
      "10.0 s",
      "59.9 s",
      "1 m 01 s",
      "1 h 00 m",
      "1 h 02 m",
    ]);
  });

  it("counts in the singular and the plural", () => {
    expect([countOf(1, "row"), countOf(7380, "row"), countOf(2, "query", "queries")]).toEqual([
      "1 row",
      "7,380 rows",
      "2 queries",
    ]);
  });

  it("tells apart the same letters in other parts", () => {
    expect(hashOf("ab", "c")).not.toBe(hashOf("a", "bc"));
  });
});
