/** From merged config to the typed config of each kind of node. Its keys and types were checked before. */
import type {
  DataTestConfig,
  MaterializationName,
  ModelConfig,
  RelationConfig,
  SeedConfig,
  SourceConfig,
} from "../../domain/config.ts";
import { checkMapping, durationMs } from "../../domain/config-check.ts";
import { MATERIALIZATIONS } from "../../domain/config-keys.ts";
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import type { SourceFile } from "../../domain/source.ts";
import { entriesOf, locatedText, typedScalar, valueAt } from "../../domain/tree-read.ts";
import { readAvailability } from "./availability-config.ts";
import { isContractOff, readContract } from "./contract-config.ts";
import { readFailures } from "./failures-config.ts";
import { readGrants } from "./grants.ts";
import { incrementalConfig } from "./incremental-config.ts";
import { readIndexes } from "./indexes.ts";
import { type MergedConfig, mergedBoolean, mergedNames, mergedValue } from "./layers.ts";
import { readSettings } from "./node-settings.ts";
import { readPartitioning } from "./partitioning.ts";
import { readStorage, storageWrong } from "./storage.ts";
import { readThreshold } from "./thresholds.ts";

export const modelConfig = (merged: MergedConfig, defaultSchema: string, found: Diagnostic[]): ModelConfig => {
  const materialized = materializationOf(merged);
  found.push(...storageWrong(merged, materialized));
  return {
    ...relationConfig(merged, defaultSchema, found),
    materialized,
    uniqueKey: mergedNames(merged, "unique_key"),
    eventTime: mergedNames(merged, "event_time"),
    entity: mergedNames(merged, "entity"),
    known: textOf(merged, "known") === "before" ? "before" : "after",
    storage: readStorage(merged, found),
    incremental: incrementalConfig(merged, materialized, found),
    fullRefresh: fullRefreshOf(merged),
    contract: readContract(merged, found),
    partitioning: readPartitioning(merged, materialized, found),
  };
};

const fullRefreshOf = (merged: MergedConfig): boolean | undefined => {
  const value = typedScalar(mergedValue(merged, "full_refresh"));
  return typeof value === "boolean" ? value : undefined;
};

/** dbt's default. */
const DEFAULT_MATERIALIZATION: MaterializationName = "view";

const materializationOf = (merged: MergedConfig): MaterializationName => {
  const written = textOf(merged, "materialized");
  return MATERIALIZATIONS.find((name) => name === written) ?? DEFAULT_MATERIALIZATION;
};

export const seedConfig = (merged: MergedConfig, defaultSchema: string, found: Diagnostic[]): SeedConfig => ({
  ...relationConfig(merged, defaultSchema, found),
  columnTypes: new Map(
    entriesOf(mergedValue(merged, "column_types")).flatMap(({ key, value }) => {
      const type = locatedText(value);
      return type === undefined ? [] : [[key.value, type.value] as const];
    }),
  ),
  delimiter: textOf(merged, "delimiter") ?? ",",
  quoteColumns: mergedBoolean(merged, "quote_columns", false),
});

export const sourceConfig = (
  merged: MergedConfig,
  freshness: SourceConfig["freshness"],
  found: Diagnostic[],
): SourceConfig => ({
  enabled: mergedBoolean(merged, "enabled", true),
  tags: merged.tags,
  meta: merged.meta,
  eventTime: mergedNames(merged, "event_time"),
  availability: readAvailability(merged, found),
  freshness,
  isFreshnessGate: mergedBoolean(merged, "freshness_gate", false),
  contract: isContractOff(merged, found) ? "told" : "enforced",
});

/** `at`: the file in which the test stands. */
export const dataTestConfig = (
  merged: MergedConfig,
  at: SourceFile | undefined,
  found: Diagnostic[],
): DataTestConfig => ({
  enabled: mergedBoolean(merged, "enabled", true),
  severity: textOf(merged, "severity") === "warn" ? "warn" : "error",
  where: locatedText(mergedValue(merged, "where")),
  limit: limitOf(merged, found),
  failCalc: failCalcOf(merged),
  warnIf: readThreshold("warn_if", locatedText(mergedValue(merged, "warn_if")), found),
  enforce: enforceOf(merged),
  timeout: timeoutOf(merged, at),
  failures: readFailures(mergedValue(merged, "failures"), found),
  scope: textOf(merged, "test_scope") === "whole" ? "whole" : "delta",
  errorIf: readThreshold("error_if", locatedText(mergedValue(merged, "error_if")), found),
  tags: merged.tags,
  meta: merged.meta,
});

/** What dbt calls the default is the default. */
const failCalcOf = (merged: MergedConfig): DataTestConfig["failCalc"] => {
  const written = locatedText(mergedValue(merged, "fail_calc"));
  return written === undefined || /^\s*count\s*\(\s*\*\s*\)\s*$/i.test(written.value) ? undefined : written;
};

const timeoutOf = (merged: MergedConfig, at: SourceFile | undefined): DataTestConfig["timeout"] => {
  const written = mergedValue(merged, "statement_timeout");
  const ms = durationMs(written);
  return ms === undefined ? undefined : { ms, isOwn: written?.span.file === at };
};

const enforceOf = (merged: MergedConfig): DataTestConfig["enforce"] => {
  const written = mergedValue(merged, "enforce");
  return written !== undefined && mergedBoolean(merged, "enforce", false) ? { at: written.span } : undefined;
};

export const relationConfig = (merged: MergedConfig, defaultSchema: string, found: Diagnostic[]): RelationConfig => ({
  enabled: mergedBoolean(merged, "enabled", true),
  schema: textOf(merged, "schema") ?? defaultSchema,
  alias: textOf(merged, "alias"),
  tags: merged.tags,
  meta: merged.meta,
  grants: readGrants(merged.grants, found),
  persistDocs: persistDocsOf(merged, found),
  indexes: readIndexes(mergedValue(merged, "indexes"), found),
  settings: readSettings(merged.settings, found),
  acceptsReplication: textOf(merged, "replication") === "accept",
});

/** Only what is switched off is off: a description is there to be read. */
const persistDocsOf = (merged: MergedConfig, found: Diagnostic[]): RelationConfig["persistDocs"] => {
  const written = mergedValue(merged, "persist_docs");
  if (written?.kind !== "mapping") return { relation: true, columns: true };
  found.push(...checkMapping(written, "persist docs"));
  const isOn = (key: string): boolean => typedScalar(valueAt(written, key)) !== false;
  return { relation: isOn("relation"), columns: isOn("columns") };
};

const limitOf = (merged: MergedConfig, found: Diagnostic[]): number | undefined => {
  const limit = mergedValue(merged, "limit");
  const value = typedScalar(limit);
  if (typeof value !== "number") return undefined;
  if (Number.isInteger(value) && value >= 1) return value;
  found.push(errorOf("link/bad-limit", "`limit` is a whole number from 1", { at: limit?.span }));
  return undefined;
};

export const textOf = (merged: MergedConfig, key: string): string | undefined =>
  locatedText(mergedValue(merged, key))?.value;
