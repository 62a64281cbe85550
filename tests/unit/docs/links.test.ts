import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../../..");

const pagesIn = async (folder: string): Promise<readonly string[]> =>
  (await readdir(join(ROOT, folder))).filter((name) => name.endsWith(".md")).map((name) => join(folder, name));

const pages = [...(await pagesIn(".")), ...(await pagesIn("docs"))];

/** As GitHub makes them: lower case, spaces to hyphens, punctuation gone. */
const anchorOf = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replaceAll(" ", "-");

const withoutCode = (page: string): string => page.replace(/^```[\s\S]*?^```$/gm, "").replace(/`[^`\n]*`/g, "");

const anchorsOf = (page: string): readonly string[] =>
  [...page.replace(/^```[\s\S]*?^```$/gm, "").matchAll(/^#+ (.+)$/gm)].map((match) => anchorOf(match[1] ?? ""));

const LINK = /\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g;

describe("every relative link leads somewhere", () => {
  it.each(pages)("%s", async (path) => {
    const page = await readFile(join(ROOT, path), "utf8");
    const dead: string[] = [];
    for (const [written, to = "", anchor] of withoutCode(page).matchAll(LINK)) {
      const target = to === "" ? path : join(dirname(path), to);
      if (!existsSync(join(ROOT, target))) dead.push(written);
      else if (anchor !== undefined && !anchorsOf(await readFile(join(ROOT, target), "utf8")).includes(anchor))
        dead.push(written);
    }
    expect(dead).toEqual([]);
  });
});
