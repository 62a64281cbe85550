import { expect, it } from "vitest";
import { authored } from "../../../src/domain/sql.ts";
import { loadColumnReader } from "../../../src/sql-syntax/columns-in.ts";

const columnsIn = await loadColumnReader();

it.each([
  ['"amount" is null', ["amount"]],
  ["amount + tax = total and amount > 0", ["amount", "tax", "total"]],
  ['t."Home Won" in (true, false)', ["Home Won"]],
  ["lower(state) ~ '^x' -- as entered", ["state"]],
  ["case when kind = 'a' then price < 0 end", ["kind", "price"]],
  ["customer_id not in (select id from customers where active)", ["customer_id"]],
  ["(payload ->> 'x')::int > 3", ["payload"]],
  ["count(*) filter (where a) > b", ["a", "b"]],
  ["t.* is null", []],
  ["no ( sql", []],
])("%s is about %j", (condition, columns) => {
  expect(columnsIn(authored(condition, undefined))).toEqual(columns);
});
