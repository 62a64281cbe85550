import fc from "fast-check";
import { expect, test } from "vitest";
import { ident, literal, maskedText, quoteLiteral, type Sql, sql, sqlOf } from "../../src/domain/sql.ts";

const secret = (value: Sql): Sql => sqlOf(value.pieces.map((piece) => ({ ...piece, isSecret: true })));

test("a server that repeats a secret of the statement is not quoted with it", () => {
  const statement = sql`select ${secret(literal("hunter2"))}::int, ${literal("plain")}`;
  expect(maskedText(statement, 'invalid input syntax for type integer: "hunter2"')).toBe(
    'invalid input syntax for type integer: "•••"',
  );
  expect(maskedText(statement, "plain is no secret")).toBe("plain is no secret");
  expect(maskedText(sql`select ${secret(ident('a"b'))}`, 'column "a"b" does not exist')).toBe(
    'column "•••" does not exist',
  );
});

test("quotes and backslashes of a secret are masked as the server writes them", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z'\\"]{3,12}$/), (value) => {
      const said = maskedText(sql`select ${secret(literal(value))}`, `[${value}] [${quoteLiteral(value).trim()}]`);
      expect(said).toBe("[•••] [•••]");
    }),
  );
});
