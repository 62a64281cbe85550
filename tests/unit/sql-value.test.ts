/** SQL as a value: composed of as many pieces as a big project has. */
import { expect, it } from "vitest";
import { joinSql, literal, sql, textArray, textOf } from "../../src/domain/sql.ts";

it("holds as many values as there are", () => {
  const rows = Array.from({ length: 300_000 }, (_, i) => literal(i));
  const whole = sql`values (${joinSql(rows, sql`, `)})`;
  expect(whole.pieces).toHaveLength(600_001);
  expect(textOf(whole).endsWith(", 299999)")).toBe(true);
});

it("writes an array of texts as one literal, whatever stands in them", () => {
  expect(textOf(textArray(["plain", null, `it's "q" \\ {a,b}`, "NULL", ""]))).toBe(
    ` E'{"plain",NULL,"it''s \\\\"q\\\\" \\\\\\\\ {a,b}","NULL",""}'::text[]`,
  );
});
