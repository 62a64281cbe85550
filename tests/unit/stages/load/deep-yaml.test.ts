import { expect, test } from "vitest";
import type { Diagnostic } from "../../../../src/domain/diagnostic.ts";
import { readYaml } from "../../../../src/stages/load/read-yaml.ts";

test.each([
  ["brackets", `a: ${"[".repeat(20_000)}${"]".repeat(20_000)}`],
  ["braces", `a: ${"{a: ".repeat(20_000)}1${"}".repeat(20_000)}`],
])("%s that fill the stack are refused, and are no bug", (_, text) => {
  const found: Diagnostic[] = [];
  expect(readYaml({ path: "models/a.yml", text }, found)).toBeUndefined();
  expect(found.map((d) => [d.code, d.message])).toEqual([["load/yaml-syntax", "models/a.yml nests too deeply"]]);
});
