/** From merged config to how a table keeps its rows; what says nothing of the relation at hand is told. */
import type { MaterializationName } from "../../domain/config.ts";
import { type Diagnostic, errorOf, warningOf } from "../../domain/diagnostic.ts";
import type { Storage, StorageParameters } from "../../domain/storage.ts";
import type { Tree } from "../../domain/tree.ts";
import { entriesOf, locatedText, typedScalar } from "../../domain/tree-read.ts";
import { type MergedConfig, mergedBoolean, mergedValue } from "./layers.ts";

export const readStorage = (merged: MergedConfig, found: Diagnostic[]): Storage => ({
  isUnlogged: mergedBoolean(merged, "unlogged", false),
  tablespace: locatedText(mergedValue(merged, "tablespace"))?.value,
  parameters: readParameters(mergedValue(merged, "storage_parameters"), found),
});

/** A name is printed bare, as PostgreSQL wants it: letters, with `toast.` in front at the most. */
const NAME = /^(toast\.)?[a-z_][a-z0-9_]*$/;

export const readParameters = (tree: Tree | undefined, found: Diagnostic[]): StorageParameters =>
  entriesOf(tree).flatMap(({ key, value }) => {
    const parameter = typedScalar(value);
    if (parameter === null) return [];
    if (parameter !== undefined && NAME.test(key.value)) return [{ name: key.value, value: parameter }];
    const help = "for example `{ fillfactor: 80, autovacuum_enabled: false }`";
    found.push(errorOf("link/bad-storage", `\`${key.value}\` is no storage parameter`, { at: key.span, help }));
    return [];
  });

const KEYS = ["unlogged", "tablespace", "storage_parameters"] as const;

/** What each materialization can be told; nothing of it is said of those that keep no rows. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  view: [],
  ephemeral: [],
  materialized_view: ["tablespace", "storage_parameters"],
};

/** Folders hand the keys down to whatever stands in them, so that this only warns. */
export const storageWrong = (merged: MergedConfig, materialized: MaterializationName): readonly Diagnostic[] =>
  KEYS.flatMap((key) => {
    const entry = merged.entries.get(key);
    const isKnown = KNOWN[materialized]?.includes(key) ?? true;
    const isSaid = entry?.value.kind === "mapping" || (entry?.value.kind === "scalar" && Boolean(entry.value.value));
    if (entry === undefined || isKnown || !isSaid) return [];
    const message = `\`${key}\` says nothing of a ${materialized.replace("_", " ")}`;
    return [warningOf("link/storage-on-view", message, { at: entry.key.span, help: "only tables keep rows that way" })];
  });
