import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import * as flags from "../../../src/cli/flags.ts";
import { PLACES } from "../../../src/domain/config-keys.ts";
import { HELPER_NAMES } from "../../../src/template/expressions.ts";
import { placesOn, withTables } from "../../support/reference-tables.ts";

const DOCS = join(import.meta.dirname, "../../../docs");
const names = (await readdir(DOCS)).filter((name) => name.endsWith(".md"));
const pages = await Promise.all(names.map(async (name) => [name, await readFile(join(DOCS, name), "utf8")] as const));

const NPM_FLAGS = ["--omit", "--ignore-scripts", "--cache", "--prefer-offline"];

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

  it("names no flag that does not exist", () => {
    const known = Object.values(flags).flatMap((flag) => ("name" in flag ? [`--${flag.name}`] : []));
    const others = ["--help", "--version", ...NPM_FLAGS];
    const named = pages.flatMap(([, page]) => [...page.matchAll(/(?<=[\s`(])--[a-z][a-z-]*/g)].map(([flag]) => flag));
    expect(named.filter((flag) => !known.includes(flag) && !others.includes(flag))).toEqual([]);
  });

  it("has every helper of templates", () => {
    const [, page = ""] = pages.find(([name]) => name === "templates.md") ?? [];
    expect(HELPER_NAMES.filter((helper) => !page.includes(`\`${helper}`))).toEqual([]);
  });
});
