import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { LEAK_ANCHORS } from "../../../src/sql-syntax/leak-signs.ts";

const page = await readFile(join(import.meta.dirname, "../../../docs/leakage.md"), "utf8");

/** As GitHub makes them of headings. */
const anchors = [...page.matchAll(/^#{2,3} (.+)$/gm)].map(([, heading = ""]) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-"),
);

test("what a leak looks like links to a section of the guide", () => {
  expect(LEAK_ANCHORS.filter((anchor) => !anchors.includes(anchor))).toEqual([]);
});

test("the guide links to no section that it has not", () => {
  const links = [...page.matchAll(/(?:\]\(#|docs\/leakage\.md#)([\w-]+)/g)].map(([, anchor = ""]) => anchor);
  expect(links.length).toBeGreaterThan(10);
  expect(links.filter((anchor) => !anchors.includes(anchor))).toEqual([]);
});

test("each leak of the gallery has its section, with wrong SQL, right SQL and what Galley says", () => {
  const from = page.indexOf("## The gallery");
  const sections = page.slice(from, page.indexOf("## What no check sees")).split(/^### /m).slice(1);
  // Of the first a cut-off must be named, of the second nothing can be hidden.
  const apart = ["A leak in few rows", "Past the sources"];
  const lacking = sections
    .map((section) => ({ name: section.split("\n", 1)[0] ?? "", section }))
    .filter(({ name, section }) => {
      const isRows = name === "Rows chosen by the outcome";
      const hasBoth = isRows || (/ as wrong/.test(section) && / as honest/.test(section));
      return !apart.includes(name) && !(hasBoth && / leak {3}\d/.test(section));
    });
  expect(lacking.map(({ name }) => name)).toEqual([]);
  expect(sections.length).toBe(26);
});
