/**
 * What Galley says of wrong projects, word for word, and a case for every code. After a wanted change:
 * `GALLEY_UPDATE_GOLDEN=1 npx vitest run --project golden`, then read the difference.
 */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CODES } from "../../src/domain/codes.ts";
import type { Diagnostic, Outcome } from "../../src/domain/diagnostic.ts";
import type { Manifest } from "../../src/domain/manifest.ts";
import { showDiagnostic } from "../../src/domain/show-diagnostic.ts";
import { dataTests } from "../../src/plugins/data-tests/index.ts";
import { link } from "../../src/stages/link/link.ts";
import { findProject } from "../../src/stages/load/find-project.ts";
import { load } from "../../src/stages/load/load.ts";
import { select } from "../../src/stages/select/select.ts";
import { answerTo } from "../support/command-line.ts";
import { type GoldenCase, goldenCases, rewriteExpected, withFiles } from "../support/golden-case.ts";

const CASES = join(import.meta.dirname, "cases");

/** Rooms whose every code has a case here. A room that raises its codes without a database joins this list. */
const ROOMS = ["config", "load", "template", "sql-syntax", "compile", "link", "select", "cli", "coverage"];

/** Codes that no file can bring about on every machine, with the reason. */
const WITHOUT_CASE: Readonly<Record<string, string>> = {
  "load/unreadable-file": "the tests may run as root, who reads everything; see tests/unit/stages/load/load.test.ts",
  "cli/unknown-run": "it asks what is recorded; see tests/integration/engine/failures.test.ts",
  "cli/unknown-test": "it asks what is recorded; see tests/integration/engine/failures.test.ts",
  "select/unknown-revision": "it asks git; see tests/integration/engine/test-decisions.test.ts",
};

const cases = goldenCases(CASES);

describe("what is said of a project", () => {
  test.each(cases.map((c) => [`${c.name}: ${c.title}`, c] as const))("%s", async (_, golden) => {
    const actual = await said(golden);
    if (process.env["GALLEY_UPDATE_GOLDEN"] === "1") rewriteExpected(CASES, golden.name, actual);
    else expect(actual).toBe(golden.expected);
  });
});

describe("every code has a case", () => {
  const codes = Object.keys(CODES).filter((code) => ROOMS.includes(code.replace(/\/.*/, "")));
  test.each(codes)("%s", (code) => {
    if (Object.hasOwn(WITHOUT_CASE, code)) return;
    const isSaid = cases.some((c) => new RegExp(`(error|warning)  ${code}$`, "m").test(c.expected));
    expect(isSaid, `no file below tests/golden/cases expects ${code}`).toBe(true);
  });
});

const said = ({ files, settings }: GoldenCase): Promise<string> =>
  withFiles(files, async (root) => {
    const env = Object.fromEntries((settings.get("env") ?? "").split(" ").map((pair) => pair.split("=", 2)));
    const argv = settings.get("argv");
    if (argv !== undefined) return shown((await answerTo(argv.split(" "), root)).diagnostics, root);
    const found = findProject(root);
    if (!found.ok) return shown(found.diagnostics, root);
    const project = await load({
      root,
      env,
      cliVars: settings.get("vars"),
      targetName: settings.get("target"),
      overrides: { threads: undefined },
    });
    if (!project.ok) return shown(project.diagnostics, root);
    const manifest = link(project.value, dataTests);
    const warnings = shown(project.warnings, root);
    const said =
      settings.has("select") && manifest.ok ? selectionSaid(manifest.value, settings) : manifestSaid(manifest, root);
    return [warnings, said].filter((part) => part !== "").join("\n\n");
  });

/** Settings `select` and `exclude`: what is said of the expressions, else what they chose. */
const selectionSaid = (manifest: Manifest, settings: GoldenCase["settings"]): string => {
  const wordsOf = (name: string): readonly string[] =>
    (settings.get(name) ?? "").split(" ").filter((word) => word !== "");
  const request = { select: wordsOf("select"), exclude: wordsOf("exclude"), indirectSelection: "eager" } as const;
  const selected = select(manifest, request);
  if (!selected.ok) return shown(selected.diagnostics, "");
  const chosen = `selected:\n${selected.value.nodes.map((id) => `  ${id}`).join("\n")}`;
  return [shown(selected.warnings, ""), chosen].filter((part) => part !== "").join("\n\n");
};

const shown = (diagnostics: readonly Diagnostic[], root: string): string =>
  diagnostics
    .map((d) => showDiagnostic(d))
    .join("\n\n")
    .replaceAll(root === "" ? "<nothing>" : root, "<project>");

/** What was wrong; else what was warned of, and the nodes in their order. */
const manifestSaid = (outcome: Outcome<Manifest>, root: string): string => {
  if (!outcome.ok) return shown(outcome.diagnostics, root);
  const order = outcome.value.order.map((id) => `  ${id}`).join("\n");
  return [shown(outcome.warnings, root), `well:\n${order}`].filter((part) => part !== "").join("\n\n");
};
