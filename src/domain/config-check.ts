/** From a mapping and the place where it stands to what is wrong with its keys, by the table of config-keys.ts. */
import { suggest } from "../lib/suggest.ts";
import { type KeyRule, PLACES, type Place, type PlaceName, type ValueType } from "./config-keys.ts";
import { type Diagnostic, errorOf, warningOf } from "./diagnostic.ts";
import type { Tree, TreeEntry } from "./tree.ts";
import { entriesOf, typedScalar } from "./tree-read.ts";

/** All that a mapping of this place may be told: unknown keys, wrong types, missing keys, and dbt's own keys. */
export const checkMapping = (tree: Tree, placeName: PlaceName): readonly Diagnostic[] => {
  const place: Place = PLACES[placeName];
  if (tree.kind !== "mapping") return [wrongType(tree, place.title, "mapping")];
  const missing = requiredKeys(placeName)
    .filter((name) => !tree.entries.some((e) => e.key.value === name && !isNothing(e.value)))
    .map((name) => errorOf("config/missing-key", `${place.title} needs \`${name}\``, { at: firstKey(tree) }));
  return [...missing, ...checkEntries(tree.entries, placeName)];
};

const required = new Map<PlaceName, readonly string[]>();

/** Kept: thousands of mappings are of the same few places. */
const requiredKeys = (placeName: PlaceName): readonly string[] => {
  const place: Place = PLACES[placeName];
  const names = required.get(placeName) ?? Object.keys(place.keys).filter((name) => place.keys[name]?.isRequired);
  required.set(placeName, names);
  return names;
};

/** Keys and types alone: config that comes in layers has no required keys. */
export const checkEntries = (entries: readonly TreeEntry[], placeName: PlaceName): readonly Diagnostic[] => {
  const place: Place = PLACES[placeName];
  return entries.flatMap((entry) => {
    const rule = ruleOf(place, entry.key.value);
    if (rule !== undefined)
      return fits(entry.value, rule.type) ? [] : [wrongType(entry.value, `\`${entry.key.value}\``, rule.type)];
    return [place.ignored.includes(entry.key.value) ? ignoredKey(entry) : unknownKey(entry, place)];
  });
};

export const isKnownKey = (name: string, placeName: PlaceName): boolean => {
  const place: Place = PLACES[placeName];
  return ruleOf(place, name) !== undefined || place.ignored.includes(name);
};

const ruleOf = (place: Place, name: string): KeyRule | undefined =>
  Object.hasOwn(place.keys, name) ? place.keys[name] : undefined;

const firstKey = (tree: Tree) => entriesOf(tree)[0]?.key.span ?? tree.span;

const ignoredKey = ({ key }: TreeEntry): Diagnostic =>
  warningOf("config/ignored-key", `\`${key.value}\` is dbt's and does nothing here`, { at: key.span });

const unknownKey = ({ key }: TreeEntry, place: Place): Diagnostic => {
  const near = suggest(key.value, Object.keys(place.keys));
  const isConfig = Object.hasOwn(place.keys, "config") && Object.hasOwn(PLACES["model config"].keys, key.value);
  return errorOf("config/unknown-key", `${place.title} has no key \`${key.value}\``, {
    at: key.span,
    help: isConfig
      ? "it is config: put it under `config:`"
      : near === undefined
        ? `it knows ${Object.keys(place.keys).join(", ")}`
        : `did you mean \`${near}\`?`,
  });
};

const wrongType = (tree: Tree, what: string, type: ValueType): Diagnostic =>
  errorOf("config/wrong-type", `${what} takes ${typeText(type)}, not ${shapeText(tree)}`, {
    at: tree.span,
    help: type === "text" && tree.kind === "scalar" ? "put it in quotes to make it text" : undefined,
  });

const TYPE_TEXT: Readonly<Record<Extract<ValueType, string>, string>> = {
  text: "text",
  sql: "SQL as text",
  boolean: "true or false",
  number: "a number",
  names: "a name or a list of names",
  list: "a list",
  mapping: "a mapping",
  "names or mapping": "a name, a list of names or a mapping",
  duration: "a time such as 200ms, 5s or 2min",
  hooks: "SQL as text, `{ sql, transaction }`, or a list of them",
  any: "anything",
};

const typeText = (type: ValueType): string =>
  typeof type === "string" ? TYPE_TEXT[type] : type.length === 1 ? `\`${type[0]}\`` : `one of ${type.join(", ")}`;

const shapeText = (tree: Tree): string => {
  if (tree.kind === "list") return "a list";
  if (tree.kind === "mapping") return "a mapping";
  if (tree.value === null) return "nothing";
  // As it was written, not as it was filled in: what comes from the environment is never shown.
  const written = tree.span.file.text.slice(tree.span.start, tree.span.end);
  return typeof tree.value === "string" ? `"${written.replace(/^(["'])(.*)\1$/s, "$2")}"` : written;
};

const fits = (tree: Tree, type: ValueType): boolean => {
  // A key with nothing behind it says nothing, as an empty list does.
  if (isNothing(tree)) return true;
  if (typeof type !== "string") return tree.kind === "scalar" && type.includes(String(tree.value));
  switch (type) {
    case "any":
      return true;
    case "list":
    case "mapping":
      return tree.kind === type;
    case "names or mapping":
      return tree.kind === "mapping" || fits(tree, "names");
    case "names":
      return isText(tree) || (tree.kind === "list" && tree.items.every(isText));
    case "text":
      return isText(tree);
    case "sql":
      return tree.kind === "scalar";
    case "duration":
      return tree.kind === "scalar" && (typeof tree.value === "number" || isDuration(String(tree.value)));
    case "hooks":
      return (tree.kind === "list" ? tree.items : [tree]).every((hook) => isText(hook) || hook.kind === "mapping");
    case "boolean":
    case "number":
      return tree.kind === "scalar" && typeof typedScalar(tree) === type;
  }
};

const isNothing = (tree: Tree): boolean => tree.kind === "scalar" && tree.value === null;

const isText = (tree: Tree): boolean => tree.kind === "scalar" && typeof tree.value === "string";

export const DURATION = /^(\d+(?:\.\d+)?)\s*(ms|s|min|m|h)$/;
const isDuration = (text: string): boolean => DURATION.test(text);
const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1000, min: 60_000, m: 60_000, h: 3_600_000 };

/** Milliseconds of a `duration`; a bare number is milliseconds, as in PostgreSQL. */
export const durationMs = (tree: Tree | undefined): number | undefined => {
  if (tree?.kind !== "scalar") return undefined;
  if (typeof tree.value === "number") return tree.value;
  const parts = DURATION.exec(String(tree.value));
  return parts === null ? undefined : Number(parts[1]) * (MILLISECONDS[parts[2] ?? ""] ?? 1);
};
