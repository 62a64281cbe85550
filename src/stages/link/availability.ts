/** What the nodes together leave untold of when something is known: a parent that is not there, a feature without a time. */
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import type { Located, Span } from "../../domain/source.ts";
import { suggest } from "../../lib/suggest.ts";
import type { Declared, DeclaredModel, DeclaredSource } from "./declare.ts";

export const checkAvailability = ({ sources, models }: Declared): readonly Diagnostic[] => [
  ...sources.flatMap((source) => [...wrongParent(source, sources), ...surrogatesOf(source)]),
  ...models.flatMap(wrongFeature),
];

const wrongParent = ({ from, config }: DeclaredSource, all: readonly DeclaredSource[]): readonly Diagnostic[] => {
  const { parent } = config.availability;
  if (parent === undefined) return [];
  const beside = all.filter((s) => s.from.source.value === from.source.value);
  const named = beside.find((s) => s.from.table.value === parent.table.value);
  if (named === undefined) return [noSuchTable(from.source.value, parent.table, beside)];
  if (named.config.eventTime.length > 0) return [];
  const message = `\`${parent.table.value}\` has no event_time of its own`;
  return [wrong(message, parent.table.span, "give it one: the column or columns that say when its event took place")];
};

const noSuchTable = (
  source: string,
  { value, span }: Located<string>,
  beside: readonly DeclaredSource[],
): Diagnostic => {
  const tables = beside.map((s) => s.from.table.value);
  const near = suggest(value, tables);
  const help = near === undefined ? `it has ${tables.join(", ")}` : `did you mean \`${near}\`?`;
  return wrong(`source \`${source}\` has no table \`${value}\``, span, help);
};

const surrogatesOf = ({ from }: DeclaredSource): readonly Diagnostic[] =>
  from.columns
    .filter((c) => c.isSurrogate)
    .map((c) => wrong("`surrogate` says something of a model's columns alone", c.name.span, "leave it out here"));

const wrongFeature = ({ name, config, properties, at }: DeclaredModel): readonly Diagnostic[] => {
  if (config.known !== "before") return [];
  const known = properties?.config.find((e) => e.key.value === "known");
  const span = known?.key.span ?? at;
  const missing = [
    ...(config.eventTime.length === 0 ? ["an `event_time`"] : []),
    ...(config.uniqueKey.length === 0 && !hasKey(properties) ? ["a `unique_key`"] : []),
  ];
  if (config.materialized === "ephemeral")
    return [wrong(`\`${name}\` is ephemeral and has no rows to compare`, span, "make it a view or a table")];
  if (missing.length === 0) return [];
  const help = "rows are compared by their key, up to a time";
  return [wrong(`\`${name}\` is known before its rows' time, and needs ${missing.join(" and ")}`, span, help)];
};

const hasKey = (properties: DeclaredModel["properties"]): boolean =>
  (properties?.constraints ?? []).some(({ type }) => type.value === "primary_key" || type.value === "unique");

const wrong = (message: string, at: Span | undefined, help: string): Diagnostic =>
  errorOf("config/bad-known", message, { at, help });
