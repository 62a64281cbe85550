import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  BATCH_SIZES,
  type BatchSize,
  fillIn,
  readTime,
  windowText,
  within,
  withinMarks,
} from "../../../src/domain/batch.ts";
import { originAtOffset, sql, textOf } from "../../../src/domain/sql.ts";
import { batchWindows, type WindowRequest } from "../../../src/stages/plan/batch-windows.ts";

const at = (text: string): Date => new Date(`${text}Z`);

const shown = (asked: { readonly [Key in keyof WindowRequest]?: WindowRequest[Key] }, size: BatchSize, lookback = 1) =>
  batchWindows({
    config: { begin: at("2024-01-01T00:00"), size, lookback },
    now: at("2024-03-01T12:30"),
    lastRead: undefined,
    asked: undefined,
    ...asked,
  }).map(windowText);

describe("the windows", () => {
  test("of a first build go from the batch of the begin to that of the run; a month is as long as it is", () => {
    expect(shown({}, "month")).toEqual([
      "2024-01-01 to 2024-02-01",
      "2024-02-01 to 2024-03-01",
      "2024-03-01 to 2024-04-01",
    ]);
    expect(shown({}, "year")).toEqual(["2024-01-01 to 2025-01-01"]);
    expect(shown({}, "day")).toHaveLength(31 + 29 + 1);
    expect(shown({}, "hour").at(-1)).toBe("2024-03-01 12:00 to 2024-03-01 13:00");
  });

  test("of a later run look back from the current batch, or from the last run where that is longer ago", () => {
    expect(shown({ lastRead: at("2024-03-01T06:00") }, "day")).toEqual([
      "2024-02-29 to 2024-03-01",
      "2024-03-01 to 2024-03-02",
    ]);
    expect(shown({ lastRead: at("2024-02-29T06:00") }, "day")).toHaveLength(2);
    expect(shown({ lastRead: at("2024-02-20T06:00") }, "day")[0]).toBe("2024-02-20 to 2024-02-21");
    expect(shown({ lastRead: at("2024-02-20T06:00") }, "day", 3)[0]).toBe("2024-02-18 to 2024-02-19");
    expect(shown({ lastRead: at("2024-02-29T06:00") }, "day", 0)[0]).toBe("2024-02-29 to 2024-03-01");
    expect(shown({ lastRead: at("2024-02-29T06:00") }, "year", 5)).toEqual(["2024-01-01 to 2025-01-01"]);
  });

  test("are those that were asked for, in whole batches", () => {
    const asked = { start: at("2023-11-15T00:00"), end: at("2024-01-01T00:00") };
    expect(shown({ asked, lastRead: at("2024-02-29T06:00") }, "month")).toEqual([
      "2023-11-01 to 2023-12-01",
      "2023-12-01 to 2024-01-01",
    ]);
  });

  test("follow one another without a gap, up to now, and hold every row that is late by less than the lookback", () => {
    const time = fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2026, 0) }).map((ms) => new Date(ms));
    fc.assert(
      fc.property(
        time,
        time,
        fc.constantFrom(...BATCH_SIZES),
        fc.integer({ min: 1, max: 4 }),
        (a, b, size, lookback) => {
          const [lastRead, now] = a < b ? [a, b] : [b, a];
          fc.pre(size !== "hour" || now.getTime() - lastRead.getTime() < 90 * 86_400_000);
          const windows = batchWindows({
            config: { begin: new Date(Date.UTC(2000, 0)), size, lookback },
            now,
            lastRead,
            asked: undefined,
          });
          for (const [i, { start, end }] of windows.entries()) {
            expect(start < end).toBe(true);
            if (i > 0) expect(start).toEqual(windows[i - 1]?.end);
          }
          const [first, last] = [windows[0], windows.at(-1)];
          expect(last !== undefined && last.start <= now && now < last.end).toBe(true);
          // What came after the last run, up to `lookback - 1` batches late.
          const shortest = { hour: 3_600_000, day: 86_400_000, month: 28 * 86_400_000, year: 365 * 86_400_000 }[size];
          expect(first !== undefined && first.start.getTime() <= lastRead.getTime() - (lookback - 1) * shortest).toBe(
            true,
          );
        },
      ),
    );
  });
});

test("marks are filled in piece by piece, so that the author's places stay", () => {
  const file = { path: "a.sql", text: "select boom" };
  const written = {
    kind: "sql",
    pieces: [{ text: file.text, origin: { span: { file, start: 0, end: 11 }, calledFrom: [] }, isSecret: false }],
  } as const;
  const window = { start: at("2024-01-01T00:00"), end: at("2024-01-01T01:00") };
  const filled = fillIn(sql`with i as (select * from t where ${withinMarks("at")}) ${written}`, window);
  expect(textOf(filled)).toBe(
    `with i as (select * from t where "at" >= '2024-01-01 00:00:00+00' and "at" < '2024-01-01 01:00:00+00') select boom`,
  );
  expect(originAtOffset(filled, textOf(filled).indexOf("boom"))?.span.start).toBe(7);
  expect(textOf(within(sql`x`, window))).toBe("x >= '2024-01-01 00:00:00+00' and x < '2024-01-01 01:00:00+00'");
});

test("times are read in UTC, and what is none is not", () => {
  const iso = (text: string): string | undefined => readTime(text)?.toISOString();
  expect(iso("2024-02-29")).toBe("2024-02-29T00:00:00.000Z");
  expect(iso("2024-02-29 06:30")).toBe("2024-02-29T06:30:00.000Z");
  expect(iso("2024-02-29T06:30:15Z")).toBe("2024-02-29T06:30:15.000Z");
  expect(iso("2024-02-29T06:30+02")).toBe("2024-02-29T04:30:00.000Z");
  expect(iso("2024-02-29T06:30-0330")).toBe("2024-02-29T10:00:00.000Z");
  for (const wrong of ["2024-02-30", "2024-13-01", "yesterday", "2024", "2024-01-01 25:00", "0012-01-01"])
    expect(iso(wrong)).toBeUndefined();
});
