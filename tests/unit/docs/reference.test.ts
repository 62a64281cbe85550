import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { PLACES } from "../../../src/domain/config-keys.ts";
import { HELPER_NAMES } from "../../../src/template/expressions.ts";
import { placesOn, withTables } from "../../support/reference-tables.ts";

const DOCS = join(import.meta.dirname, "../../../docs");
const names = (await readdir(DOCS)).filter((name) => name.endsWith(".md"));
const pages = await Promise.all(names.map(async (name) => [name, await readFile(join(DOCS, name), "utf8")] as const));

describe("the reference", () => {
  it.each(pages.filter(([, page]) => page.includes("<!-- table:")))(
    "docs/%s has the tables of the code",
    async (name, page) => {
      await expect(withTables(page)).toMatchFileSnapshot(join(DOCS, name));
    },
  );

  it("has every place where keys can stand", () => {
    expect(pages.flatMap(([, page]) => placesOn(page)).toSorted()).toEqual(Object.keys(PLACES).toSorted());
  });

  it("has every helper of templates", () => {
    const [, page = ""] = pages.find(([name]) => name === "templates.md") ?? [];
    expect(HELPER_NAMES.filter((helper) => !page.includes(`\`${helper}`))).toEqual([]);
  });
});
