/** From an entry of `unit_tests:` to what it says: the query that is asked, the rows that are given and expected. */
import { checkEntries, checkMapping } from "../../domain/config-check.ts";
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import type { Located } from "../../domain/source.ts";
import type { Tree } from "../../domain/tree.ts";
import { entriesAt, itemsAt, plainTextAt, textAt, valueAt } from "../../domain/tree-read.ts";
import type { UnitTestProperties, WrittenFixture } from "../../domain/unit-test.ts";
import { type FixtureFiles, isTemplateAlone, readFixture } from "./fixtures.ts";

/** Undefined after saying what is wrong. */
export const readUnitTest = (
  tree: Tree,
  folders: readonly string[],
  fixtures: FixtureFiles,
  found: Diagnostic[],
): UnitTestProperties | undefined => {
  found.push(...checkMapping(tree, "unit test"));
  const name = textAt(tree, "name");
  const subject = name === undefined ? undefined : subjectOf(tree, name, found);
  const expected = valueAt(tree, "expect");
  if (name === undefined || subject === undefined || expected === undefined) return undefined;
  const files: string[] = [];
  const given = itemsAt(tree, "given").map((item) => inputOf(item, fixtures, files, found));
  found.push(...checkMapping(expected, "unit test rows"));
  const expect = readFixture(expected, undefined, fixtures, files, found);
  const overrides = valueAt(tree, "overrides");
  if (overrides !== undefined) found.push(...checkMapping(overrides, "unit test overrides"));
  const config = entriesAt(tree, "config");
  found.push(...checkEntries(config, "unit test config"));
  if (expect === undefined || given.some((input) => input === undefined)) return undefined;
  return {
    name,
    folders,
    description: plainTextAt(tree, "description"),
    subject,
    given: given.flatMap((input) => (input === undefined ? [] : [input])),
    expect,
    overrides: {
      macros: overrides === undefined ? [] : entriesAt(overrides, "macros"),
      vars: overrides === undefined ? [] : entriesAt(overrides, "vars"),
      envVars: overrides === undefined ? [] : entriesAt(overrides, "env_vars"),
    },
    config,
    files,
  };
};

const subjectOf = (
  tree: Tree,
  name: Located<string>,
  found: Diagnostic[],
): UnitTestProperties["subject"] | undefined => {
  const model = textAt(tree, "model");
  const query = textAt(tree, "query");
  if (model !== undefined && query === undefined) return { kind: "model", text: model };
  if (query !== undefined && model === undefined)
    return isTemplateAlone(query, found) ? { kind: "query", text: query } : undefined;
  const message =
    model === undefined
      ? `the unit test \`${name.value}\` says neither which model it is of nor a query of its own`
      : `the unit test \`${name.value}\` has a model and a query of its own`;
  found.push(
    errorOf("load/bad-unit-test", message, {
      at: query?.span ?? name.span,
      help: "`model: team_form` asks the query of a model; `query: select …` is for what no model has, such as a macro",
    }),
  );
  return undefined;
};

const inputOf = (
  tree: Tree,
  fixtures: FixtureFiles,
  files: string[],
  found: Diagnostic[],
): { readonly input: Located<string>; readonly fixture: WrittenFixture } | undefined => {
  found.push(...checkMapping(tree, "unit test input"));
  const input = textAt(tree, "input");
  if (input === undefined) return undefined;
  const fixture = readFixture(tree, input, fixtures, files, found);
  return fixture === undefined ? undefined : { input, fixture };
};
