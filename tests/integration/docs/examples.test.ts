/** Every page below docs/ with examples that are run: each in an empty folder of its own. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "vitest";
import { follow, stepsOf } from "../../support/doc-examples.ts";
import { makeProject } from "../../support/project.ts";

const DOCS = join(import.meta.dirname, "../../../docs");

const pages = await Promise.all(
  (await readdir(DOCS))
    .filter((name) => name.endsWith(".md"))
    .map(async (name) => ({ name, steps: stepsOf(await readFile(join(DOCS, name), "utf8")) })),
);

describe("the examples of", () => {
  test.each(pages.filter(({ steps }) => steps.some(({ kind }) => kind === "command")))(
    "docs/$name",
    {
      timeout: 300_000,
    },
    async ({ steps }) => {
      await using project = await makeProject({});
      await follow(steps, project.root, join(project.root, ".shims"));
    },
  );
});
