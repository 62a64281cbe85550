import { readdirSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";
import { describe, expect, it } from "vitest";
import { parse, parseDocument } from "yaml";
import { projectFiles } from "../../../src/commands/init-files.ts";
import { PLACES } from "../../../src/domain/config-keys.ts";
import { stepsOf } from "../../support/doc-examples.ts";
import { editorSchemas } from "../../support/editor-schemas.ts";
import { goldenCases } from "../../support/golden-case.ts";

const ROOT = join(import.meta.dirname, "../../..");
const schemas = editorSchemas();

const ajv = new Ajv({ strict: true, strictTypes: false, strictRequired: false, allErrors: true });
// Words of editors; to a validator they say nothing.
ajv.addVocabulary(["deprecationMessage", "doNotSuggest", "patternErrorMessage"]);
const validators = new Map([...schemas].map(([name, schema]) => [name, ajv.compile(schema)]));

const schemaFor = (path: string): string =>
  path === "project.yml" ? "project" : path.startsWith("ingest/") ? "ingest" : "properties";

const validatorOf = (name: string): ValidateFunction => {
  const validate = validators.get(name);
  if (validate === undefined) throw new Error(`there is no schema ${name}`);
  return validate;
};

/** Where the schema finds fault, and with what. */
const faults = (path: string, text: string): readonly string[] => {
  const validate = validatorOf(schemaFor(path));
  validate(parse(text) ?? {});
  return (validate.errors ?? []).map((e) => `${path}${e.instancePath} ${e.message}`);
};

const isYaml = (path: string): boolean => /^(project|(models|seeds|ingest)\/.*)\.ya?ml$/.test(path);

const filesIn = (folder: string): readonly string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).map(
    (path) => `${folder}/${path.replaceAll("\\", "/")}`,
  );

describe("schemas/", () => {
  it.each([...schemas])("%s.schema.json is that of the code", async (name, schema) => {
    await expect(`${JSON.stringify(schema, undefined, 2)}\n`).toMatchFileSnapshot(
      join(ROOT, `schemas/${name}.schema.json`),
    );
  });

  it("holds nothing else", async () => {
    const known = [...schemas.keys()].map((name) => `${name}.schema.json`);
    expect((await readdir(join(ROOT, "schemas"))).filter((name) => !known.includes(name))).toEqual([]);
  });

  it("holds valid schemas of draft 7", () => {
    for (const schema of schemas.values()) expect([ajv.validateSchema(schema), ajv.errors]).toEqual([true, null]);
  });

  it("has every place where keys can stand, with its descriptions", () => {
    const text = JSON.stringify([...schemas.values()]);
    const rules = Object.values(PLACES).flatMap((place) => Object.values(place.keys));
    const descriptions = rules.map((rule) => `"description":${JSON.stringify(rule.description)}`);
    expect(descriptions.filter((description) => !text.includes(description))).toEqual([]);
  });
});

describe("the schemas accept", () => {
  it.each(["project.yml", ...["models", "seeds", "ingest"].flatMap((folder) => filesIn(folder)).filter(isYaml)])(
    "the reference project's %s",
    async (path) => {
      expect(faults(path, await readFile(join(ROOT, path), "utf8"))).toEqual([]);
    },
  );

  it("a new project", () => {
    const files = [...projectFiles("x", "node_modules/galley/schemas")].filter(([path]) => isYaml(path));
    expect(files.flatMap(([path, text]) => faults(path, text))).toEqual([]);
  });

  it.each(filesIn("docs").filter((path) => path.endsWith(".md")))("the files of %s", async (page) => {
    const files = stepsOf(await readFile(join(ROOT, page), "utf8")).flatMap((s) => (s.kind === "file" ? [s] : []));
    expect(files.filter((f) => isYaml(f.path)).flatMap((f) => faults(f.path, f.text))).toEqual([]);
  });

  it("every file of the golden cases of which Galley says no error", () => {
    const cases = ["cases", "cases-on-a-server"].flatMap((name) => goldenCases(join(ROOT, "tests/golden", name)));
    const found = cases.flatMap(({ name, files, expected }) =>
      files
        .filter((f) => isYaml(f.path) && f.encoding === "utf8" && parseDocument(f.text).errors.length === 0)
        .filter((f) => !expected.split("\n").some((line) => line.startsWith(`${f.path}:`) && line.includes(" error ")))
        .flatMap((f) => faults(f.path, f.text).map((fault) => `${name}: ${fault}`)),
    );
    expect(found).toEqual([]);
  });
});

const project = (text: string): [string, string] => ["project.yml", `name: a\nschema: b\n${text}`];
const model = (text: string): [string, string] => ["models/a.yml", `models:\n  - name: a\n    ${text}`];
const test = (text: string) => model(`columns: [{ name: b, data_tests: [${text}] }]`);
const mapping = (text: string): [string, string] => ["ingest/a.yml", `ingest: a\nfile: {}\nsteps:\n  - ${text}`];

const RIGHT: readonly [string, readonly [string, string]][] = [
  ["values that are filled in", project('models: { +enabled: "${var.a}", a: { +tags: "${var.tags}" } }')],
  ["a target whose type is filled in", project('targets: { a: { type: "${TYPE}", port: "${PORT}" } }')],
  ["bare config of folders, and folders within folders", project("models: { a: { b: { schema: c } } }")],
  ["a folder named like config", project("models: { schema: { +tags: a }, docs: { +tags: a } }")],
  ["keys with nothing behind them", model("columns:\n    config:\n    description:\n")],
  ["dbt's keys", model("config: { contract: { enforced: true } }\n    docs: { show: false }\n    access: public")],
  ["whatever stands in meta", model("meta: { owner: { name: a, rota: [1, true] } }")],
  [
    "an index of one column, and of an expression",
    model("config: { indexes: [{ columns: a }, { columns: [{ expression: lower(a), order: desc }] }] }"),
  ],
  ["kinds alone, with a prefix, and of the project's own", test("unique, dbt_utils.unique, positive")],
  [
    "arguments under `arguments:`",
    test("accepted_values: { arguments: { values: [a, 1, true] }, config: { severity: warn } }"),
  ],
  ["flat arguments and config", test("dbt.relationships: { to: ref('a'), field: b, where: c > 0, name: d }")],
  [
    "arguments of the project's own kinds",
    test("positive: { divisor: 2, config: { limit: 3 } }, { name: x, test_name: unique }"),
  ],
  ["what was meant to be indented", test("{ unique: , config: { where: a > 0 } }")],
];

const WRONG: readonly [string, readonly [string, string]][] = [
  ["a key of the project", project("modles: {}")],
  ["`flags:`", project("flags: {}")],
  ["config of a folder", project("models: { stats: { +shcema: a } }")],
  ["bare config of a folder", project("models: { materialised: table }")],
  ["a key of a target", project("targets: { a: { type: postgres, hots: b } }")],
  ["an address of the embedded server", project("targets: { a: { type: embedded, host: b } }")],
  ["a duration", project("targets: { a: { type: embedded, lock_timeout: 5 seconds } }")],
  ["a materialization", model("config: { materialized: tabel }")],
  ["a key of a model", model("colums: []")],
  ["config beside `config:`", model("materialized: table")],
  ["a model without a name", ["models/a.yml", "models: [{ description: a }]"]],
  ["a key of a column", model("columns: [{ name: a, datatype: text }]")],
  ["a key of an index", model("config: { indexes: [{ columns: [a], uniqe: true }] }")],
  ["a key of a constraint", model("constraints: [{ type: check, expresion: a > 0 }]")],
  ["a key of a source's table", ["seeds/a.yml", "sources: [{ name: a, tables: [{ name: b, identifer: c }] }]"]],
  ["a kind with a prefix", test("dbt_utils.uniqe")],
  ["a kind with a prefix and arguments", test("dbt_utils.accepted_valeus: { values: [a] }")],
  ["an argument", test("accepted_values: { valeus: [a] }")],
  ["an argument under `arguments:`", test("accepted_values: { arguments: { values: [a], qoute: true } }")],
  ["an argument that is not there", test("relationships: { arguments: { to: ref('a') } }")],
  ["a test's config", test("unique: { config: { severty: warn } }")],
  ["config of the project's own kinds", test("positive: { config: { severty: warn } }")],
  ["a key of a mapping's file", ["ingest/a.yml", "ingest: a\nfile: { fromat: csv }\nsteps: []"]],
  ["a key of a step", mapping("{ into: a.b, key: c, columns: { c: d }, wehre: e }")],
  ["a step without a key", mapping("{ into: a.b, columns: { c: d } }")],
];

describe("right is", () => {
  it.each(RIGHT)("%s", (_, [path, text]) => {
    expect(faults(path, text)).toEqual([]);
  });
});

describe("a slip is found in", () => {
  it.each(WRONG)("%s", (_, [path, text]) => {
    expect(faults(path, text)).not.toEqual([]);
  });
});
