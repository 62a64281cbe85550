import { expect, it } from "vitest";
import { namedWordsIn } from "../../../src/sql-syntax/named-words.ts";
import { loadParser } from "../../../src/sql-syntax/parser.ts";

const parse = await loadParser();

const wordsOf = (query: string) => {
  const parsed = parse(query);
  if (parsed.kind === "error") throw new Error(parsed.message);
  const { words, mayReadAll } = namedWordsIn(parsed.statements.map((s) => s.tree));
  return { words: [...words].sort(), mayReadAll };
};

it.each([
  [
    "select g.home, (select sum(b.points) from box b where b.id = g.id) from games g",
    ["b", "g", "home", "id", "points"],
  ],
  ["select a from s union all select b from t join u using (id)", ["a", "b", "id"]],
  ["with c as (select day, lag(pts) over (order by day) as x from tm) select x from c", ["day", "pts", "x"]],
  ["select count(*) from games", []],
])("%s names %j", (query, words) => {
  expect(wordsOf(query)).toEqual({ words, mayReadAll: false });
});

it.each([
  "select * from games",
  "select g.* from games g",
  "select to_jsonb(g) from games g",
  "select to_jsonb(raw.games) from raw.games",
  "select (g).home from games g",
  "select 1 from games natural join box",
  "select a from games as g(a)",
  "table games",
])("%s may read all columns", (query) => {
  expect(wordsOf(query).mayReadAll).toBe(true);
});
