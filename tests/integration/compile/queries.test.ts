/** What compile generates around an author's SQL, read by a real server: CTEs that are merged in, derived tables. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { authored, ident, sql, textOf } from "../../../src/domain/sql.ts";
import { mergeCtes } from "../../../src/sql-syntax/merge-ctes.ts";
import { loadQueryReader } from "../../../src/sql-syntax/read-query.ts";
import { derivedTable } from "../../../src/stages/compile/render.ts";
import { type TestDatabase, withTestDatabase } from "../../support/database.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await withTestDatabase();
});
afterAll(() => database.drop());

describe("a derived table", () => {
  const numbers = derivedTable(sql`select n, n % 2 = 0 as even from generate_series(1, 4) as g(n) -- last`, "numbers");

  it.each([
    ["without an alias", sql`select * from ${numbers} where even`],
    ["with an alias", sql`select t.* from ${numbers} as t where t.${ident("even")}`],
    [
      "within another",
      sql`select * from ${derivedTable(sql`select * from ${numbers} where (\neven\n)`, "numbers")} as t`,
    ],
    ["joined", sql`select b.* from ${numbers} as a join ${numbers} as b using (n) where a.even`],
  ])("stands in FROM %s, with its own columns only", async (_, query) => {
    expect(await database.query(textOf(query))).toEqual([
      { n: 2, even: true },
      { n: 4, even: true },
    ]);
  });
});

describe("merged CTEs", () => {
  it.each([
    "select n from y order by n",
    "(select n from y) union all (select n from x where false) order by 1 -- last",
    "with a as (select n from y) select n from a order by n;",
    "(with a as (select n from y) select n from a) order by n",
    "with recursive a(n) as (select min(n) from y union all select n + 1 from a where n < 2) select n from a order by n",
    "table y order by n",
  ])("are seen by: %s", async (text) => {
    const read = await loadQueryReader();
    const outcome = read(authored(text, undefined));
    if (!outcome.ok) throw new Error(outcome.diagnostics.map((d) => d.message).join());
    const ctes = [
      { name: "x", query: sql`select 1 as n union all select 2 -- two` },
      { name: "y", query: sql`select n from x` },
    ];
    expect(await database.query(textOf(mergeCtes(outcome.value, ctes)))).toEqual([{ n: 1 }, { n: 2 }]);
  });
});
