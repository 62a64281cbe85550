/** The JSON schemas of schemas/, with which editors complete and check YAML files; made from the table of keys. */
import type { PlaceName } from "../../src/domain/config-keys.ts";
import { dataTests } from "../../src/plugins/data-tests/index.ts";
import { argumentsSchema, BESIDE, dataTestSchema, kindSchema, ownKindSchema } from "./data-test-schema.ts";
import { ignoredSchema, placeKeywords, placeSchema, propertiesOf, ref, type Schema, typed } from "./key-schemas.ts";

/** Which files each is for stands in docs/project-files.md. */
export const editorSchemas = (): ReadonlyMap<string, Schema> =>
  new Map([
    ["project", whole("project", "The project: project.yml.")],
    ["properties", whole("property file", "Property files: models/**/*.yml, seeds/**/*.yml and snapshots/**/*.yml.")],
    ["ingest", whole("mapping", "Ingest mappings: ingest/*.yml.")],
  ]);

const whole = (place: PlaceName, description: string): Schema => {
  const root: Schema = {
    $schema: "http://json-schema.org/draft-07/schema#",
    // Editors show it above every key.
    title: "Galley",
    description,
    type: "object",
    ...placeKeywords(place),
  };
  const definitions: Record<string, Schema> = {};
  const referred = (schema: Schema): void => {
    for (const [, name = ""] of JSON.stringify(schema).matchAll(/"\$ref":"#\/definitions\/([^"]+)"/g)) {
      if (Object.hasOwn(definitions, name)) continue;
      const definition = definitionOf(name.replaceAll("-", " "));
      definitions[name] = definition;
      referred(definition);
    }
  };
  referred(root);
  return { ...root, definitions };
};

const definitionOf = (name: string): Schema => {
  if (name === "target") return targetSchema();
  if (name === "data test") return dataTestSchema();
  if (name === "ignored") return ignoredSchema;
  if (name === "own kind") return ownKindSchema();
  if (name.startsWith("folders of ")) return foldersSchema(name.slice("folders of ".length) as PlaceName);
  const beside = BESIDE[name];
  if (beside !== undefined) return beside();
  const [, part = "", kind = ""] = /^(kind|arguments of) (\w+)$/.exec(name) ?? [];
  const test = dataTests.get(kind);
  if (test === undefined) return placeSchema(name as PlaceName);
  return part === "kind" ? kindSchema(test) : argumentsSchema(test);
};

/** A type that is filled in may turn out to be either, so it gets the keys of both. */
const targetSchema = (): Schema => ({
  ...typed("object"),
  if: { type: "object", properties: { type: { const: "embedded" } }, required: ["type"] },
  // biome-ignore lint/suspicious/noThenProperty: JSON schema's word
  then: placeKeywords("embedded target"),
  else: placeKeywords("postgres target"),
});

/** `+key` is config; a bare known key is config or a folder of that name; any other is a folder. */
const foldersSchema = (place: PlaceName): Schema => {
  const self = ref(`folders of ${place}`);
  const keys = Object.entries(propertiesOf(place));
  const bare = keys.map(([key, schema]) => [key, { anyOf: [schema, self], doNotSuggest: true }] as const);
  return {
    ...typed("object", "null"),
    properties: Object.fromEntries([...keys.map(([key, schema]) => [`+${key}`, schema] as const), ...bare]),
    patternProperties: { [`^(?!\\+|(?:${keys.map(([key]) => key).join("|")})$)`]: self },
    additionalProperties: false,
  };
};
