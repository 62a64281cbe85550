import { describe, expect, test } from "vitest";
import { checkMigrations } from "../../../../src/stages/migrate/migration-files.ts";

const check = (...names: readonly string[]) => {
  const files = names.filter((n) => n.endsWith(".sql")).map((n) => ({ path: `migrations/${n}`, text: "select 1" }));
  const checked = checkMigrations(names, files);
  return checked.ok
    ? checked.value.map((m) => `${m.number} ${m.name}`)
    : checked.diagnostics.map((d) => `${d.code}: ${d.message}`);
};

describe("the files of migrations/", () => {
  test("are numbered from 1, in the order of their numbers, and other files are left alone", () => {
    expect(check("README.md", "0010_j.sql", ...[..."abcdefghi"].map((c, i) => `${i + 1}-${c}.sql`))).toEqual([
      "1 a",
      "2 b",
      "3 c",
      "4 d",
      "5 e",
      "6 f",
      "7 g",
      "8 h",
      "9 i",
      "10 j",
    ]);
    expect(check()).toEqual([]);
  });

  test("have no gap", () => {
    expect(check("0001_a.sql", "0003_c.sql", "0005_e.sql")).toEqual([
      "migrate/gap: number 2 is missing: 0003_c.sql comes next",
    ]);
    expect(check("0002_b.sql")).toEqual(["migrate/gap: number 1 is missing: 0002_b.sql comes next"]);
  });

  test("share no number and no name", () => {
    expect(check("0001_a.sql", "1_b.sql")).toEqual([
      "migrate/duplicate: 0001_a.sql and 1_b.sql have the same number 1",
    ]);
    expect(check("0001_a.sql", "0002_a.sql")).toEqual([
      "migrate/duplicate: 0001_a.sql and 0002_a.sql have the same name a",
    ]);
  });

  test("have a number and a name, and are SQL", () => {
    const long = "x".repeat(101);
    expect(check("init.sql", "0001.sql", "0002_b.js", `0003_${long}.sql`, "0004_create-migrations-table.sql")).toEqual([
      "migrate/bad-file-name: init.sql is no name of a migration",
      "migrate/bad-file-name: 0001.sql is no name of a migration",
      "migrate/bad-file-name: 0002_b.js is no name of a migration",
      `migrate/bad-file-name: the name ${long} is longer than 100 characters, the width of the ledger`,
      "migrate/bad-file-name: the name create-migrations-table is the ledger's own",
    ]);
  });
});
