import { describe, expect, it } from "vitest";
import { spanOf } from "../../../src/domain/source.ts";
import { authored, originAt, type Sql, sqlOf, textOf } from "../../../src/domain/sql.ts";
import { mergeCtes } from "../../../src/sql-syntax/merge-ctes.ts";
import { loadQueryReader } from "../../../src/sql-syntax/read-query.ts";
import { shown, textAt } from "../../support/templates.ts";

const read = await loadQueryReader();

const written = (text: string): Sql =>
  authored(text, { span: spanOf({ path: "models/m.sql", text: `--\n${text}` }, 3, 3 + text.length), calledFrom: [] });

const queryOf = (text: string) => {
  const outcome = read(written(text));
  if (!outcome.ok) throw new Error(outcome.diagnostics.map(shown).join("\n"));
  return outcome.value;
};

const complaints = (text: string): readonly string[] => {
  const outcome = read(written(text));
  return outcome.ok ? [] : outcome.diagnostics.map(shown);
};

describe("a query", () => {
  it.each([
    "select 1",
    "with a as (select 1) select * from a",
    "values (1), (2)",
    "table a.b",
    "(select 1) union all select 2",
  ])("is %s", (text) => {
    expect(textOf(queryOf(text).sql)).toBe(text);
  });
  it("loses a trailing semicolon and what follows it, and keeps its comments", () => {
    expect(textOf(queryOf("-- first\nselect 'a;b' -- ; not here\n ; -- after\n").sql)).toBe(
      "-- first\nselect 'a;b' -- ; not here\n ",
    );
    expect(textOf(queryOf("select 1 -- last").sql)).toBe("select 1 -- last");
  });
  it("keeps the place of every letter when it is cut", () => {
    const origin = originAt(queryOf("; select 'ü😀', x from a.b;").sql, 14);
    expect(origin && textAt(origin.span)).toBe("x");
  });
});

describe("what is no query", () => {
  it("is one that fills the stack", () => {
    expect(complaints(`select ${"1+".repeat(20_000)}1`)).toEqual([
      expect.stringContaining("this query nests too deeply"),
    ]);
  });
  it("is a second statement, at its place", () => {
    expect(complaints("select 'é;'; /* and */ -- then\n select 2")).toEqual([
      'sql-syntax/second-statement at "select": a second statement begins here; one query a file: make a model of its own of each, or a CTE',
    ]);
  });
  it("is a statement of another kind, or none", () => {
    expect(complaints("-- x\ninsert into a.b values (1)")).toEqual([
      'sql-syntax/no-query at "insert": INSERT is no query; a SELECT, WITH, VALUES or TABLE; Galley makes the table or view around it',
    ]);
    expect(complaints("create table x as select 1").map((c) => c.split(";")[0])).toEqual([
      'sql-syntax/no-query at "create": CREATE is no query',
    ]);
    for (const nothing of ["", "  \n", "-- only a comment"])
      expect(complaints(nothing).map((c) => c.split(" ")[0])).toEqual(["sql-syntax/no-query"]);
  });
  it("is a query that writes", () => {
    expect(
      complaints("with a as (delete from raw.teams returning *) select * from a").map((c) => c.split(";")[0]),
    ).toEqual(['sql-syntax/writes at "raw": DELETE stands in a query']);
    expect(complaints("select 1 into a.b").map((c) => c.split(";")[0])).toEqual([
      'sql-syntax/writes at "a": SELECT INTO stands in a query',
    ]);
  });
  it("is what PostgreSQL's parser does not read, at the author's word", () => {
    expect(complaints("select 'ü😀' from a wher x = 1")).toEqual([
      `sql-syntax/refused at "x": syntax error at or near "x"`,
    ]);
    expect(complaints("select 1 from")).toEqual([`sql-syntax/refused at "m": syntax error at end of input`]);
    expect(complaints("select 'abc")).toEqual([
      `sql-syntax/refused at "'": unterminated quoted string at or near "'abc"`,
    ]);
  });
});

describe("names", () => {
  const namesOf = (text: string) => {
    const { names } = queryOf(text);
    return names.relations.map((r) => [r.schema, r.name, text.slice(r.offset).split(/[\s,();]/)[0]]);
  };
  it("are those of relations, wherever they stand", () => {
    expect(
      namesOf(
        'select (select 1 from a.b), \'é\' from c join "D"."e f" on exists (table g) where x in (select y from h)',
      ),
    ).toEqual([
      ["a", "b", "a.b"],
      [undefined, "c", "c"],
      ["D", "e f", '"D"."e'],
      [undefined, "g", "g"],
      [undefined, "h", "h"],
    ]);
    expect(namesOf("select * from generate_series(1, 2) g, unnest(array[1]) u")).toEqual([]);
  });
  it("are not those of CTEs where these are visible", () => {
    expect(namesOf("with a as (select 1), b as (select * from a) select * from a, b, c")).toEqual([
      [undefined, "c", "c"],
    ]);
    expect(namesOf("with b as (select * from a), a as (select 1) select 1")).toEqual([[undefined, "a", "a"]]);
    expect(namesOf("with a as (select * from a) select * from a")).toEqual([[undefined, "a", "a"]]);
    expect(namesOf("with recursive a as (select 1 union select * from a) select * from a")).toEqual([]);
    expect(namesOf("select * from (with a as (select 1) select * from a) x, a")).toEqual([[undefined, "a", "a"]]);
    expect(namesOf("with a as (select 1) (select * from a) union (select * from a)")).toEqual([]);
    expect(namesOf("with a as (select 1) select * from s.a")).toEqual([["s", "a", "s.a"]]);
  });
  it("of clocks are found", () => {
    const { names } = queryOf(
      "select now(), pg_catalog.now(), a.now(), current_timestamp(3), current_date, localtime, clock_timestamp(), current_user",
    );
    expect(names.clocks.map((c) => c.name)).toEqual([
      "now()",
      "now()",
      "current_timestamp",
      "current_date",
      "localtime",
      "clock_timestamp()",
    ]);
  });
});

describe("CTEs to be merged", () => {
  const ctes = [
    { name: "x", query: written("select 1 -- note") },
    { name: "y", query: written("select * from x") },
  ];
  const merged = (text: string): string => textOf(mergeCtes(queryOf(text), ctes));
  const list = '"x" as (\nselect 1 -- note\n),\n"y" as (\nselect * from x\n)';

  it("stand before the query, or before its own", () => {
    expect(merged("select * from y")).toBe(`with ${list}\nselect * from y`);
    expect(merged("-- é\nwith /* é */ a as (select 1) select * from a;")).toBe(
      `-- é\nwith /* é */ ${list},\na as (select 1) select * from a`,
    );
    expect(merged("with recursive a(b) as (select 1) select * from a")).toBe(
      `with recursive ${list},\na(b) as (select 1) select * from a`,
    );
  });
  it.each([
    "select * from y",
    "values (1)",
    "table y",
    "(select 1) union all (select * from y) order by 1",
    "(with a as (select 1) select * from a, y)",
    "(with a as (select 1) select * from a) union all select 2",
    "with recursive a as (select 1 as n union all select n + 1 from a where n < 3) select * from a",
    "with a as materialized (select 1) select * from a -- last",
  ])("leave a query: %s", (text) => {
    expect(read(sqlOf(mergeCtes(queryOf(text), ctes).pieces)).ok).toBe(true);
  });
});
