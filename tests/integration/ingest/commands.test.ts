import { describe, expect, test } from "vitest";
import { withTestDatabase } from "../../support/database.ts";
import { makeProject } from "../../support/project.ts";

const FILES = {
  "project.yml": `name: shop
schema: analytics
target: server
targets:
  server: { type: postgres, url: "\${DATABASE_URL}" }
  copy: { type: postgres, url: "\${DATABASE_URL}", schema_prefix: "ci_" }
`,
  "migrations/0001_raw.sql":
    "create schema raw;\ncreate table raw.items (code text primary key, price int not null);\n",
  "ingest/items.yml": `ingest: items
file: { format: csv }
steps:
  - { into: raw.items, key: [code], columns: { code: code, price: "price::int" } }
`,
  "ingest/first_items.yml": `ingest: first_items
file: { format: csv, path: seeds/first_items.csv }
steps:
  - { into: raw.items, key: [code], columns: { code: code, price: "price::int" } }
`,
  "seeds/first_items.csv": "code,price\na,1\nb,2\n",
  "models/items.sql": '{{config materialized="table"}}\nselect * from {{source "raw" "items"}}\n',
  "models/raw.yml": "sources: [{ name: raw, schema: raw, tables: [{ name: items }] }]\n",
};

describe("the commands that write raw tables", () => {
  test("migrate, seed and ingest, each harmless a second time; build refuses while a migration is pending", async () => {
    await using database = await withTestDatabase();
    await using project = await makeProject(FILES);
    const env = { DATABASE_URL: database.url };
    const galley = (args: readonly string[], stdin = "") => project.galley(args, { env, stdin });

    const early = await galley(["build"]);
    expect(early.code).toBe(2);
    expect(early.stderr).toContain('a migration is pending on target "server": 0001_raw.sql');

    const planned = await galley(["migrate", "--dry-run"]);
    expect([planned.code, planned.stdout]).toEqual([0, expect.stringContaining("pending")]);
    expect((await galley(["migrate"])).code).toBe(0);
    const again = await galley(["migrate"]);
    expect([again.code, again.stdout]).toEqual([0, expect.stringContaining("applied")]);

    expect((await galley(["seed"])).code).toBe(0);
    expect(await database.query("select * from raw.items order by 1")).toEqual([
      { code: "a", price: 1 },
      { code: "b", price: 2 },
    ]);

    expect((await galley(["ingest", "items", "-"], "code,price\nb,3\nc,4\n")).code).toBe(0);
    expect(await database.query("select * from raw.items order by 1")).toEqual([
      { code: "a", price: 1 },
      { code: "b", price: 3 },
      { code: "c", price: 4 },
    ]);
    // What a seed loaded is its own affair: an unchanged file does not take back what came after it.
    expect((await galley(["seed"])).code).toBe(0);
    expect(await database.query("select price from raw.items where code = 'b'")).toEqual([{ price: 3 }]);
    expect((await galley(["build"])).code).toBe(0);
  });

  test("ingest ends with 1 when rows were refused, with 0 when that is allowed, and says where they are", async () => {
    await using database = await withTestDatabase();
    await using project = await makeProject({ ...FILES, "new.csv": "code,price\nx,1\ny,?\nz,2\n" });
    const env = { DATABASE_URL: database.url };
    await project.galley(["migrate"], { env });
    const refused = await project.galley(["ingest", "items", "new.csv"], { env });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(
      '1 row of new.csv went to quarantine; line 3: price: invalid input syntax for type integer: "?"',
    );
    expect(await database.query("select code from raw.items order by 1")).toEqual([{ code: "x" }, { code: "z" }]);
    expect(await database.query("select mapping, file, line::int, raw from galley.quarantine")).toEqual([
      { mapping: "items", file: "new.csv", line: 3, raw: "y,?" },
    ]);
    expect((await project.galley(["ingest", "items", "new.csv", "--allow-rejects"], { env })).code).toBe(0);
  });

  test("ingest knows a mapping and a file that are not there", async () => {
    await using database = await withTestDatabase();
    await using project = await makeProject(FILES);
    const env = { DATABASE_URL: database.url };
    await project.galley(["migrate"], { env });
    const mapping = await project.galley(["ingest", "itmes", "new.csv"], { env });
    expect([mapping.code, mapping.stderr]).toEqual([2, expect.stringContaining('did you mean "items"?')]);
    const file = await project.galley(["ingest", "items", "new.csv"], { env });
    expect([file.code, file.stderr]).toEqual([2, expect.stringContaining("there is no file new.csv")]);
  });

  test("under a schema prefix they refuse without --shared-raw", async () => {
    await using database = await withTestDatabase();
    await using project = await makeProject({ ...FILES, "new.csv": "code,price\nx,1\n" });
    const env = { DATABASE_URL: database.url };
    const onCopy = (...args: readonly string[]) => project.galley([...args, "--target", "copy"], { env });
    for (const words of [["migrate"], ["seed"], ["ingest", "items", "new.csv"]]) {
      const refused = await onCopy(...words);
      expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("migrate/shared-raw")]);
    }
    expect((await onCopy("migrate", "--shared-raw")).code).toBe(0);
    expect((await onCopy("ingest", "items", "new.csv", "--shared-raw")).code).toBe(0);
    expect((await onCopy("seed", "--shared-raw")).code).toBe(0);
    expect(
      await database.query(
        "select schemaname || '.' || tablename as name from pg_tables where tablename in ('migrations', 'raw_loads', 'quarantine', 'items') order by 1",
      ),
    ).toEqual([
      { name: "ci_galley.quarantine" },
      { name: "galley.migrations" },
      { name: "galley.raw_loads" },
      { name: "raw.items" },
    ]);
  });
});
