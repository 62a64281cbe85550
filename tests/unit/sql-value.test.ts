/** SQL as a value: composed of as many pieces as a big project has. */
import { expect, it } from "vitest";
import { joinSql, literal, sql, textOf } from "../../src/domain/sql.ts";

it("holds as many values as there are", () => {
  const rows = Array.from({ length: 300_000 }, (_, i) => literal(i));
  const whole = sql`values (${joinSql(rows, sql`, `)})`;
  expect(whole.pieces).toHaveLength(600_001);
  expect(textOf(whole).endsWith(", 299999)")).toBe(true);
});
