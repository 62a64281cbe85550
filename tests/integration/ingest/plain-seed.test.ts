import { describe, expect, test } from "vitest";
import { authored, ident, joinSql, relation, sql } from "../../../src/domain/sql.ts";
import { copySeed } from "../../../src/stages/ingest/copy-seed.ts";
import { planSeed, type SeedReading } from "../../../src/stages/ingest/plan-seed.ts";
import { placeOf, withFolder, withRawDatabase } from "../../support/raw.ts";

type Loaded = {
  readonly types: string;
  readonly rows: readonly Record<string, unknown>[];
  readonly warnings: readonly string[];
  readonly wrong: readonly string[];
};

const nothing: Loaded = { types: "", rows: [], warnings: [], wrong: [] };
const plain: SeedReading = { columnTypes: new Map(), delimiter: ",", quoteColumns: false };

/** A seed's file into a new table; its rows as the server prints them. */
const load = async (content: string | Uint8Array, config: Partial<SeedReading> = {}): Promise<Loaded> => {
  await using folder = await withFolder();
  await using raw = await withRawDatabase("create schema s");
  const file = { absolutePath: await folder.write("t.csv", content), label: "seeds/t.csv" };
  const planned = await planSeed(file, { ...plain, ...config });
  const told = (diagnostics: Parameters<typeof placeOf>[0][]) =>
    diagnostics.map((d) => [d.code, d.message, placeOf(d)].filter((x) => x !== undefined).join(" | "));
  if (!planned.ok) return { ...nothing, wrong: told([...planned.diagnostics]) };
  const into = { schema: "s", name: "t" };
  const columns = planned.value.columns.map((c) => sql`${ident(c.name)} ${authored(c.type, undefined)}`);
  return await raw.database.withSession("model", async (session) => {
    await session.run(sql`begin; create table ${relation(into)} (${joinSql(columns, sql`, `)})`);
    const copied = await copySeed(session, into, planned.value);
    if (!copied.ok) return { ...nothing, wrong: told([...copied.diagnostics]) };
    await session.run(sql`commit`);
    const rows = await session.rows(sql`select * from s.t`);
    expect(rows.length).toBe(copied.value.rows);
    return {
      types: copied.value.columns.map((c) => `${c.name} ${c.type}`).join(", "),
      rows: rows.slice(0, 5),
      warnings: copied.warnings.map((w) => w.message),
      wrong: [],
    };
  });
};

describe("a plain seed", () => {
  test("gets its types from its values, NULL from what is empty, and the empty string from quotes", async () => {
    expect(
      await load('id,code,is_home,p,day,at,note\n1,007,true,0.5,2024-01-31,2024-01-31 10:00,""\n2,x,,,,,\n'),
    ).toEqual({
      types: "id bigint, code text, is_home boolean, p numeric, day date, at timestamptz, note text",
      rows: [
        {
          id: "1",
          code: "007",
          is_home: "t",
          p: "0.5",
          day: "2024-01-31",
          at: expect.stringMatching(/^2024-01-31 /),
          note: "",
        },
        { id: "2", code: "x", is_home: null, p: null, day: null, at: null, note: null },
      ],
      warnings: [],
      wrong: [],
    });
  });

  test("may begin with a byte order mark, end its lines with CRLF or a mixture, and hold quotes and line ends", async () => {
    expect((await load('\ufeffA,B\r\n1,"x ""y""\nz"\n2,5" pipe\r\n\r\n3,last')).rows).toEqual([
      { a: "1", b: 'x "y"\nz' },
      { a: "2", b: '5" pipe' },
      { a: "3", b: "last" },
    ]);
  });

  test("takes another delimiter, declared types and names as they are written", async () => {
    const columnTypes = new Map([["Id", "smallint"]]);
    const loaded = await load("Id;id\n1;1,5\n", { delimiter: ";", quoteColumns: true, columnTypes });
    expect(loaded.types).toBe("Id smallint, id text");
    expect(loaded.rows).toEqual([{ Id: "1", id: "1,5" }]);
  });

  test("takes a lone backslash and point for data in a file of one column, and an empty line for NULL", async () => {
    expect((await load('v\n\\.\n\n""\nx')).rows).toEqual([{ v: "\\." }, { v: null }, { v: "" }, { v: "x" }]);
  });

  test("widens a column that a later value does not fit, and loads again", async () => {
    const many = Array.from({ length: 150_000 }, (_, i) => `${i},${i},${i}`).join("\n");
    const loaded = await load(`id,v,code\n${many}\n7,1.5,007\n`);
    expect(loaded.types).toBe("id bigint, v numeric, code text");
    expect(loaded.rows[0]).toEqual({ id: "0", v: "0", code: "0" });
    expect(loaded.warnings).toEqual([
      'seeds/t.csv: column v is numeric, not bigint, because of "1.5" on line 150002; the seed was loaded again',
      'seeds/t.csv: column code is text, not bigint, because of "007" on line 150002; the seed was loaded again',
    ]);
  });

  test("is refused with each bad row's line", async () => {
    expect((await load('a,b\n1,2\n3\n4,5,6\n"7"x,8\n9,"10\n')).wrong).toEqual([
      "ingest/bad-row | line 3 of seeds/t.csv has 1 field instead of 2 | seeds/t.csv:3: 3",
      "ingest/bad-row | line 4 of seeds/t.csv has 3 fields instead of 2 | seeds/t.csv:4: 4,5,6",
      'ingest/bad-row | line 5 of seeds/t.csv has text after a closing quote | seeds/t.csv:5: "7"x,8',
      'ingest/bad-row | line 6 of seeds/t.csv opens a quotation that never closes | seeds/t.csv:6: 9,"10',
    ]);
  });

  test("is refused when a row is not UTF-8 or holds a NUL", async () => {
    const bytes = Buffer.concat([Buffer.from("a,b\n1,é\n2,"), Buffer.from([0xe9, 0x0a]), Buffer.from("3,\0\n")]);
    expect((await load(bytes)).wrong).toEqual([
      "ingest/not-text | line 3 of seeds/t.csv is not UTF-8 | seeds/t.csv:3: 2,\ufffd",
      "ingest/not-text | line 4 of seeds/t.csv holds a NUL byte | seeds/t.csv:4: 3,\ufffd",
    ]);
  });

  test("is refused when the server refuses a declared type, with the line of the file", async () => {
    const columnTypes = new Map([["n", "integer"]]);
    expect((await load("id,n\r\n1,2\r\n\r\n\r\n2,abc\r\n", { columnTypes })).wrong).toEqual([
      'ingest/value-refused | line 5 of seeds/t.csv, column n: invalid input syntax for type integer: "abc" | seeds/t.csv:5: abc',
    ]);
  });

  test.each([
    ["", "ingest/empty-file | seeds/t.csv is empty: it has no header"],
    [
      "Id,n,ID\n",
      'ingest/duplicate-header | columns 1 and 3 of seeds/t.csv have one name: "Id" and "ID" | seeds/t.csv:1: Id,n,ID',
    ],
    ["a,,c\n", "ingest/bad-header | column 2 of seeds/t.csv has no name in the header | seeds/t.csv:1: a,,c"],
    [
      `${"é".repeat(32)}\n`,
      `ingest/bad-header | the header "${"é".repeat(32)}" of seeds/t.csv is longer than 63 bytes | seeds/t.csv:1: ${"é".repeat(32)}`,
    ],
  ])("is refused for its header: %j", async (content, wrong) => {
    expect((await load(content)).wrong).toEqual([wrong]);
  });

  test("is refused when a declared column is not there", async () => {
    const columnTypes = new Map([["poinst", "int"]]);
    expect((await load("id,points\n", { columnTypes })).wrong).toEqual([
      'ingest/no-such-column | column_types names "poinst", which seeds/t.csv does not have',
    ]);
  });

  test("without rows is an empty table of text", async () => {
    expect(await load("a,b\n")).toEqual({ types: "a text, b text", rows: [], warnings: [], wrong: [] });
  });
});
