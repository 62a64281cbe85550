/** The tour of the README, done as it says: its files and commands, on a copy of the reference project. */
import { cp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { follow, stepsOf } from "../../support/doc-examples.ts";
import { makeProject } from "../../support/project.ts";

const ROOT = join(import.meta.dirname, "../../..");
const PROJECT = ["migrations", "seeds", "ingest", "models", "macros", "project.yml"];

test("five minutes to the first own feature", { timeout: 300_000 }, async () => {
  const readme = await readFile(join(ROOT, "README.md"), "utf8");
  const steps = stepsOf(readme);
  const files = steps.flatMap((step) => (step.kind === "file" ? [step] : []));
  expect(files[1]?.text.trim().split("\n")).toHaveLength(3);
  await using project = await makeProject({});
  for (const name of PROJECT) await cp(join(ROOT, name), join(project.root, name), { recursive: true });
  const outputs = await follow(steps, project.root, join(project.root, ".shims"));
  const failing = outputs.find((output) => output.includes("1 failed"));
  expect(failing).toContain("not_null_close_games_close_share");
  expect(failing).toContain("live is unchanged");
  expect(outputs.at(-1)).toContain("removed  table stats.close_games");
});
