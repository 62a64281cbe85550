/** From a snapshot's merged config to its typed config, with the indexes that keep its history whole. */
import type { HardDeletes, IndexSpec, SnapshotColumns, SnapshotConfig, SnapshotStrategy } from "../../domain/config.ts";
import { checkMapping } from "../../domain/config-check.ts";
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import type { SnapshotProperties } from "../../domain/project.ts";
import type { Located, Span } from "../../domain/source.ts";
import { quoteIdentifier } from "../../domain/sql.ts";
import { locatedText, textAt } from "../../domain/tree-read.ts";
import { relationConfig, textOf } from "./configs.ts";
import { UNNAMED } from "./indexes.ts";
import { type MergedConfig, mergedBoolean, mergedNames, mergedValue } from "./layers.ts";

/** Undefined after saying what is missing. */
export const snapshotConfig = (
  merged: MergedConfig,
  { name }: SnapshotProperties,
  defaultSchema: string,
  found: Diagnostic[],
): SnapshotConfig | undefined => {
  const wrong = (message: string, help: string, key = "strategy"): undefined => {
    const at = mergedValue(merged, key)?.span ?? name.span;
    found.push(errorOf("link/bad-snapshot", `the snapshot \`${name.value}\` ${message}`, { at, help }));
    return undefined;
  };
  const uniqueKey = mergedNames(merged, "unique_key");
  const strategy = strategyOf(merged, wrong);
  const columnNames = columnNamesOf(merged, found);
  const expression = uniqueKey.find((key) => !COLUMN.test(key));
  if (uniqueKey.length === 0)
    return wrong("has no `unique_key`", "name the columns that tell one row from another: `unique_key: customer_id`");
  if (expression !== undefined)
    return wrong(
      `has an expression for its key: ${expression}`,
      "`unique_key` takes columns: list several, or let the watched model compute one",
      "unique_key",
    );
  const twice = repeated(Object.values(columnNames));
  if (twice !== undefined) return wrong(`has two columns of its own named \`${twice}\``, "give each another name");
  if (strategy === undefined) return undefined;
  const config = relationConfig(merged, defaultSchema, found);
  const validToCurrent = locatedText(mergedValue(merged, "dbt_valid_to_current"));
  const at = mergedValue(merged, "unique_key")?.span ?? name.span;
  return {
    ...config,
    strategy,
    uniqueKey,
    hardDeletes: hardDeletesOf(merged),
    validToCurrent,
    columnNames,
    indexes: [
      ...config.indexes,
      oneOpenVersion(uniqueKey, columnNames, validToCurrent, at),
      idsAreUnique(columnNames, at),
    ],
  };
};

/** What can stand as a column's name without being meant as SQL. */
const COLUMN = /^[^\s()'"|,]+$/;

const repeated = (names: readonly string[]): string | undefined => names.find((n, i) => names.indexOf(n) !== i);

type Wrong = (message: string, help: string) => undefined;

const strategyOf = (merged: MergedConfig, wrong: Wrong): SnapshotStrategy | undefined => {
  const updatedAt = textOf(merged, "updated_at");
  const columns = mergedNames(merged, "check_cols");
  switch (textOf(merged, "strategy")) {
    case "timestamp":
      if (updatedAt === undefined)
        return wrong("has no `updated_at`", "strategy timestamp needs the column that says when a row last changed");
      return { kind: "timestamp", updatedAt };
    case "check":
      if (columns.length === 0)
        return wrong("has no `check_cols`", "strategy check needs the columns to compare: a list, or `all`");
      return { kind: "check", columns: columns.length === 1 && columns[0] === "all" ? "all" : columns, updatedAt };
    default:
      return wrong("has no `strategy`", "`timestamp` with `updated_at`, or `check` with `check_cols`");
  }
};

const hardDeletesOf = (merged: MergedConfig): HardDeletes => {
  const written = textOf(merged, "hard_deletes");
  if (written === "invalidate" || written === "new_record" || written === "ignore") return written;
  return mergedBoolean(merged, "invalidate_hard_deletes", false) ? "invalidate" : "ignore";
};

const columnNamesOf = (merged: MergedConfig, found: Diagnostic[]): SnapshotColumns => {
  const names = mergedValue(merged, "snapshot_meta_column_names");
  if (names !== undefined) found.push(...checkMapping(names, "snapshot columns"));
  const named = (dbtName: string): string => (names && textAt(names, dbtName)?.value) ?? dbtName;
  return {
    scdId: named("dbt_scd_id"),
    updatedAt: named("dbt_updated_at"),
    validFrom: named("dbt_valid_from"),
    validTo: named("dbt_valid_to"),
    isDeleted: named("dbt_is_deleted"),
  };
};

const index = (columns: readonly string[], where: Located<string> | undefined, span: Span): IndexSpec => ({
  name: UNNAMED,
  columns: columns.map((name) => ({
    key: { kind: "column", name },
    order: undefined,
    nulls: undefined,
    opclass: undefined,
    collation: undefined,
  })),
  isUnique: true,
  isNullsNotDistinct: false,
  method: "btree",
  include: [],
  parameters: [],
  tablespace: undefined,
  where,
  span,
});

/** Where the end of a valid row is a value, that value may be an expression that no index can have: so the end joins the key. */
const oneOpenVersion = (
  key: readonly string[],
  { validTo }: SnapshotColumns,
  validToCurrent: Located<string> | undefined,
  span: Span,
): IndexSpec =>
  validToCurrent === undefined
    ? index(key, { value: `${quoteIdentifier(validTo)} is null`, span }, span)
    : index([...key, validTo], undefined, span);

const idsAreUnique = ({ scdId }: SnapshotColumns, span: Span): IndexSpec => index([scdId], undefined, span);
