/** From places of the table of keys to the JSON schemas of what may stand there. */

import { DURATION } from "../../src/domain/config-check.ts";
import { type KeyRule, PLACES, type Place, type PlaceName, type ValueType } from "../../src/domain/config-keys.ts";
import { NODE_HOOK_KEYS, RUN_HOOK_KEYS } from "../../src/domain/hooks.ts";

export type Schema = { readonly [keyword: string]: unknown };

/** `${NAME}` and `${var.x}` stand for values of every type. */
const FILLED_IN = "\\$\\{[^}]+\\}";

export const ref = (definition: string): Schema => ({ $ref: `#/definitions/${definition.replaceAll(" ", "-")}` });

/** Of the given types, or a text that is filled in. `patternErrorMessage` is what editors say of any other text. */
export const typed = (...types: readonly string[]): Schema => {
  const said = types.filter((type) => type !== "null").join(" or ");
  return {
    type: [...types, "string"],
    pattern: FILLED_IN,
    patternErrorMessage: `Takes ${said}, or text with \`\${NAME}\` or \`\${var.x}\`.`,
  };
};

/** The mapping itself: as an item of a list, or as a value of its own name. */
export const placeSchema = (name: PlaceName): Schema => ({ ...typed("object"), ...placeKeywords(name) });

export const placeKeywords = (name: PlaceName): Schema => {
  const place: Place = PLACES[name];
  const needed = Object.entries(place.keys).flatMap(([key, rule]) => (rule.isRequired ? [key] : []));
  return {
    properties: propertiesOf(name),
    ...(needed.length === 0 ? {} : { required: needed }),
    additionalProperties: false,
  };
};

export const propertiesOf = (name: PlaceName): Readonly<Record<string, Schema>> => {
  const place: Place = PLACES[name];
  const known = Object.entries(place.keys).map(([key, rule]) => [key, keySchema(rule, WITHIN[name]?.[key])] as const);
  return Object.fromEntries([...known, ...place.ignored.map((key) => [key, ref("ignored")] as const)]);
};

const NOTHING_HERE = "dbt's; accepted, and does nothing here.";
/** `deprecationMessage` makes editors warn, and keep the key out of what they propose. */
export const ignoredSchema: Schema = { description: NOTHING_HERE, deprecated: true, deprecationMessage: NOTHING_HERE };

const keySchema = ({ type, isRequired, description }: KeyRule, within: Within | undefined): Schema => ({
  description,
  ...valueSchema(type, isRequired),
  ...(within === undefined ? {} : withinSchema(within)),
});

/** A key with nothing behind it says nothing, so only a needed one refuses null. */
const valueSchema = (type: ValueType, isRequired: boolean): Schema => {
  const nothing = isRequired ? [] : ["null"];
  if (typeof type !== "string")
    return { anyOf: [{ enum: isRequired ? type : [...type, null] }, { type: "string", pattern: FILLED_IN }] };
  switch (type) {
    case "any":
      return {};
    case "list":
      return typed("array", ...nothing);
    case "mapping":
      return typed("object", ...nothing);
    case "names":
      return { type: ["string", "array", ...nothing], items: { type: "string" } };
    case "names or mapping":
      return { type: ["string", "array", "object", ...nothing], items: { type: "string" } };
    case "text":
      return { type: ["string", ...nothing] };
    case "sql":
      return { type: [...SCALARS, ...nothing] };
    case "hooks":
      return {};
    case "duration":
      return { type: ["string", "number", ...nothing], pattern: `${DURATION.source}|${FILLED_IN}` };
    case "boolean":
    case "number":
      return typed(type, ...nothing);
  }
};

export const SCALARS = ["string", "number", "boolean"] as const;

/** What stands in a list, a mapping, or a value of any type. */
type Within =
  | { readonly kind: "list of"; readonly definition: string }
  | { readonly kind: "mapping to"; readonly value: Schema }
  | { readonly kind: "place"; readonly place: PlaceName }
  | { readonly kind: "definition"; readonly definition: string }
  | { readonly kind: "one or more"; readonly definition: string };

const withinSchema = (within: Within): Schema => {
  switch (within.kind) {
    case "list of":
      return { items: ref(within.definition) };
    case "mapping to":
      return { additionalProperties: within.value };
    case "place":
      return placeKeywords(within.place);
    case "definition":
      return { allOf: [ref(within.definition)] };
    case "one or more": {
      const one: Schema = { anyOf: [{ type: "string" }, ref(within.definition)] };
      return { anyOf: [...(one["anyOf"] as Schema[]), { type: "array", minItems: 1, items: one }] };
    }
  }
};

const listOf = (definition: string): Within => ({ kind: "list of", definition });
const place = (name: PlaceName): Within => ({ kind: "place", place: name });
const folders = (name: PlaceName): Within => ({ kind: "definition", definition: `folders of ${name}` });
const sqlByName: Within = { kind: "mapping to", value: { type: SCALARS } };

const tests = { data_tests: listOf("data test"), tests: listOf("data test") };
const columns = { columns: listOf("column"), ...tests };
const hook: Within = { kind: "one or more", definition: "hook" };
const hooks = Object.fromEntries([...NODE_HOOK_KEYS.pre, ...NODE_HOOK_KEYS.post].map((key) => [key, hook]));
const relationKeys = { indexes: listOf("index"), persist_docs: place("persist docs"), ...hooks, settings: sqlByName };
const freshness = { freshness: place("freshness") };
const node = { ...columns, constraints: listOf("constraint") };

const WITHIN: { readonly [name in PlaceName]?: Readonly<Record<string, Within>> } = {
  project: {
    failures: place("failures"),
    [RUN_HOOK_KEYS.start]: hook,
    [RUN_HOOK_KEYS.end]: hook,
    coverage: place("coverage"),
    targets: { kind: "mapping to", value: ref("target") },
    models: folders("model config"),
    seeds: folders("seed config"),
    snapshots: folders("snapshot config"),
    sources: folders("source config"),
    data_tests: folders("data test config"),
    tests: folders("data test config"),
    unit_tests: folders("unit test config"),
  },
  "property file": {
    models: listOf("model"),
    seeds: listOf("seed"),
    snapshots: listOf("snapshot"),
    sources: listOf("source"),
    unit_tests: listOf("unit test"),
  },
  "unit test": {
    given: listOf("unit test input"),
    expect: place("unit test rows"),
    overrides: place("unit test overrides"),
    config: place("unit test config"),
  },
  model: { ...node, config: place("model config") },
  seed: { ...node, config: place("seed config") },
  snapshot: { ...columns, config: place("snapshot config") },
  source: { tables: listOf("source table"), config: place("source config"), ...freshness },
  "source table": { ...columns, config: place("source config"), ...freshness },
  "source config": { ...freshness, contract: place("contract"), event_time: place("event parent") },
  freshness: { warn_after: place("freshness age"), error_after: place("freshness age") },
  column: { ...tests, constraints: listOf("constraint"), config: place("column config") },
  "snapshot config": { ...relationKeys, snapshot_meta_column_names: place("snapshot columns") },
  "model config": { ...relationKeys, contract: place("contract"), partition_by: place("partition by") },
  "partition by": { partitions: listOf("partition") },
  "seed config": relationKeys,
  index: { columns: { kind: "one or more", definition: "index column" } },
  failures: { keep: place("freshness age") },
  "data test": { config: place("data test config"), failures: place("failures") },
  "data test config": { failures: place("failures") },
  mapping: { file: place("mapping file"), steps: listOf("mapping step") },
  "mapping step": { columns: sqlByName, reject: sqlByName },
};
