/** From the layers of a source's config to how old its rows may be: `freshness`, `loaded_at_field`, `loaded_at_query`. */
import { checkMapping } from "../../domain/config-check.ts";
import { type Diagnostic, errorOf, warningOf } from "../../domain/diagnostic.ts";
import { type Age, type Freshness, PERIODS } from "../../domain/freshness.ts";
import type { Located, Span } from "../../domain/source.ts";
import { entryOf, type Tree, type TreeEntry } from "../../domain/tree.ts";
import { entriesOf, locatedText, textAt, typedScalar, valueAt } from "../../domain/tree-read.ts";
import type { Layer } from "./layers.ts";

/** As in dbt: what is nearer wins, threshold by threshold, and `null` switches off. Undefined: nothing is asked. */
export const readFreshness = (
  layers: readonly Layer[],
  table: Located<string>,
  found: Diagnostic[],
): Freshness | undefined => {
  let merged: ReadonlyMap<string, TreeEntry> | undefined;
  let writtenAt: Span | undefined;
  let loadedAt: Freshness["loadedAt"] | undefined;
  for (const layer of layers) {
    loadedAt = loadedAtOf(layer, loadedAt, found);
    const written = layer.findLast((e) => e.key.value === "freshness");
    if (written === undefined) continue;
    writtenAt = written.key.span;
    merged = written.value.kind === "mapping" ? mergedOver(merged, written.value, found) : undefined;
  }
  const warnAfter = ageOf(merged?.get("warn_after"), found);
  const errorAfter = ageOf(merged?.get("error_after"), found);
  if (writtenAt === undefined || (warnAfter === undefined && errorAfter === undefined)) return undefined;
  if (loadedAt === undefined) {
    found.push(withoutTime(table, writtenAt));
    return undefined;
  }
  const isOwn = layers.at(-1)?.some((e) => e.key.value === "freshness") === true;
  const filter = locatedText(merged?.get("filter")?.value);
  return { loadedAt, warnAfter, errorAfter, filter, at: isOwn ? writtenAt : table.span };
};

const mergedOver = (
  farther: ReadonlyMap<string, TreeEntry> | undefined,
  written: Tree,
  found: Diagnostic[],
): ReadonlyMap<string, TreeEntry> => {
  found.push(...checkMapping(written, "freshness"));
  const merged = new Map(farther);
  for (const entry of entriesOf(written)) {
    const above = merged.get(entry.key.value);
    merged.set(entry.key.value, above === undefined ? entry : { key: entry.key, value: ageOver(above, entry) });
  }
  return merged;
};

/** `warn_after: { count: 6 }` keeps the period that is said farther off. */
const ageOver = ({ value: farther }: TreeEntry, { value: nearer }: TreeEntry): Tree => {
  if (farther.kind !== "mapping" || nearer.kind !== "mapping") return nearer;
  const kept = farther.entries.filter((e) => entryOf(nearer, e.key.value) === undefined);
  return { ...nearer, entries: [...kept, ...nearer.entries] };
};

/** Undefined where there is none, or after saying what is wrong. */
const ageOf = (entry: TreeEntry | undefined, found: Diagnostic[]): Age | undefined => {
  if (entry?.value.kind !== "mapping" || entry.value.entries.length === 0) return undefined;
  const wrong = checkMapping(entry.value, "freshness age");
  found.push(...wrong);
  if (wrong.some((d) => d.severity === "error")) return undefined;
  const count = typedScalar(valueAt(entry.value, "count"));
  const period = PERIODS.find((p) => p === textAt(entry.value, "period")?.value);
  if (typeof count === "number" && count >= 0 && period !== undefined) return { count, period };
  const help = `for example \`${entry.key.value}: { count: 12, period: hour }\``;
  const message = `\`${entry.key.value}\` needs a count from 0 and a period`;
  found.push(errorOf("link/bad-freshness", message, { at: entry.key.span, help }));
  return undefined;
};

const loadedAtOf = (
  layer: Layer,
  farther: Freshness["loadedAt"] | undefined,
  found: Diagnostic[],
): Freshness["loadedAt"] | undefined => {
  const [field, query] = (["loaded_at_field", "loaded_at_query"] as const).map((key) =>
    layer.findLast((e) => e.key.value === key),
  );
  const byField = locatedText(field?.value);
  const byQuery = locatedText(query?.value);
  if (byField !== undefined && byQuery !== undefined) {
    const help = "keep the column, or the query that finds the newest time";
    const message = "`loaded_at_field` and `loaded_at_query` exclude each other";
    found.push(errorOf("link/bad-freshness", message, { at: query?.key.span, help }));
  }
  if (byQuery !== undefined) return { kind: "query", ...byQuery };
  if (byField !== undefined) return { kind: "field", ...byField };
  return field === undefined && query === undefined ? farther : undefined;
};

const withoutTime = (table: Located<string>, at: Span): Diagnostic =>
  warningOf("link/freshness-without-time", `\`${table.value}\` does not say when its rows were loaded`, {
    at: table.span,
    notes: [{ message: "how old they may be is said here", at }],
    help: "add `loaded_at_field: <column>`, or `freshness: null` where it is not asked of this table",
  });
