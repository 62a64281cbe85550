/** From merged config to how an incremental model takes new rows; what the strategy cannot do is said at its place. */
import type { IncrementalConfig, IncrementalStrategy, MaterializationName, SchemaChange } from "../../domain/config.ts";
import { DBT_DELETE_INSERT, SCHEMA_CHANGES, STRATEGIES } from "../../domain/config-keys.ts";
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import type { Span } from "../../domain/source.ts";
import { locatedNames, locatedText } from "../../domain/tree-read.ts";
import { type MergedConfig, mergedNames, mergedValue } from "./layers.ts";
import { microbatchConfig } from "./microbatch-config.ts";

export const incrementalConfig = (
  merged: MergedConfig,
  materialized: MaterializationName,
  found: Diagnostic[],
): IncrementalConfig => {
  const config = read(merged);
  if (materialized !== "incremental") return config;
  found.push(...wrongTogether(merged, config));
  return config.strategy === "microbatch" ? { ...config, microbatch: microbatchConfig(merged, found) } : config;
};

const read = (merged: MergedConfig): IncrementalConfig => ({
  strategy: strategyOf(merged),
  predicates: locatedNames(mergedValue(merged, "incremental_predicates")),
  onSchemaChange: schemaChangeOf(merged),
  updated: updatedOf(merged),
  microbatch: undefined,
});

/** The keys decide: without one nothing can be replaced. */
const strategyOf = (merged: MergedConfig): IncrementalStrategy => {
  const written = locatedText(mergedValue(merged, "incremental_strategy"))?.value;
  const word = written === DBT_DELETE_INSERT ? "delete_insert" : written;
  return STRATEGIES.find((s) => s === word) ?? (mergedNames(merged, "unique_key").length === 0 ? "append" : "upsert");
};

const schemaChangeOf = (merged: MergedConfig): SchemaChange => {
  const written = locatedText(mergedValue(merged, "on_schema_change"))?.value;
  return SCHEMA_CHANGES.find((s) => s === written) ?? "ignore";
};

const updatedOf = (merged: MergedConfig): IncrementalConfig["updated"] => {
  const only = mergedNames(merged, "merge_update_columns");
  if (only.length > 0) return { kind: "only", columns: only };
  const but = mergedNames(merged, "merge_exclude_columns");
  return but.length > 0 ? { kind: "all but", columns: but } : { kind: "all" };
};

const wrongTogether = (merged: MergedConfig, { strategy }: IncrementalConfig): readonly Diagnostic[] => {
  const placeOf = (key: string): Span | undefined => merged.entries.get(key)?.key.span;
  const isSaid = (key: string): boolean => mergedNames(merged, key).length > 0;
  const wrong: Diagnostic[] = [];
  const refuse = (key: string, message: string, help: string): void => {
    wrong.push(errorOf("link/bad-incremental", message, { at: placeOf(key), help }));
  };
  if (strategy !== "append" && strategy !== "microbatch" && !isSaid("unique_key"))
    refuse(
      "incremental_strategy",
      `${strategy} needs a unique_key: it says which rows are replaced`,
      "add `unique_key: id`, or a list of columns; without a key `append` is what can be done",
    );
  if (isSaid("incremental_predicates") && strategy !== "merge" && strategy !== "delete_insert")
    refuse(
      "incremental_predicates",
      `incremental_predicates narrow what merge and delete_insert replace; ${strategy} knows no such thing`,
      "set `incremental_strategy: merge` (PostgreSQL 15 and later) or `delete_insert`, or take them out",
    );
  for (const key of ["merge_update_columns", "merge_exclude_columns"])
    if (isSaid(key) && strategy !== "merge" && strategy !== "upsert")
      refuse(key, `${strategy} updates no row, so it has no use for ${key}`, "set `incremental_strategy: upsert`");
  if (isSaid("merge_update_columns") && isSaid("merge_exclude_columns"))
    refuse(
      "merge_exclude_columns",
      "merge_update_columns and merge_exclude_columns exclude each other",
      "leave one out",
    );
  return wrong;
};
