/** Each macro that comes with Galley in a feature model, with the future hidden and changed: none of them knows it. */
import { expect, it } from "vitest";
import { libraryMacros } from "../../../src/stages/load/library.ts";
import { withEngine } from "../../support/engine.ts";
import { featureYml, LEAGUE, SOURCES, STAGING, TM } from "../../support/leakage-gallery.ts";
import { MACRO_COLUMNS, MACRO_MODELS } from "../../support/leakage-macros.ts";

const files = (models: Readonly<Record<string, string>>) => ({
  ...STAGING,
  ...Object.fromEntries(Object.entries(models).map(([name, sql]) => [`models/${name}.sql`, sql])),
  "models/models.yml": `models:\n${TM}${Object.keys(models)
    .map((name) => featureYml(name))
    .join("")}${SOURCES}`,
});

it("accuses no macro, and calls what each of them makes clean", async () => {
  await using engine = await withEngine(files(MACRO_MODELS));
  await engine.database.query(LEAGUE);
  const told = await engine.checkLeakage({ cutoffs: 6 });
  expect([told.exit, told.complaints]).toEqual([0, []]);
  const clean = (told.value?.columns ?? [])
    .filter((c) => c.verdict === "clean" && c.column !== undefined && c.column !== "day")
    .map((c) => `${c.relation.replace("shop.", "")}.${c.column}`);
  expect(clean.sort()).toEqual(MACRO_COLUMNS);
});

it("has a model for each macro that a project may call", () => {
  const called = new Set(MACRO_COLUMNS.map((name) => name.split(".")[1]));
  expect([...libraryMacros().keys()].filter((name) => !called.has(name))).toEqual([]);
});

it("accuses an as-of join that takes the row's own time", async () => {
  const wrong = (MACRO_MODELS["by_as_of_join"] ?? "").replace('before="t.day"', 'at_or_before="t.day"');
  await using engine = await withEngine(files({ by_as_of_join: wrong }));
  await engine.database.query(LEAGUE);
  const told = await engine.checkLeakage({ cutoffs: 3 });
  const found = (told.value?.columns ?? []).filter((c) => c.verdict === "leak").map((c) => c.column);
  expect([told.exit, found]).toEqual([1, ["as_of_join"]]);
});
