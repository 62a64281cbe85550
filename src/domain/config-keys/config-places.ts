/** Keys of the config of nodes and data tests: folders of project.yml, `config:` of property files, headers. */
import { BATCH_SIZES } from "../batch.ts";
import { enabled, eventTime, freshnessConfig, key, knownAfter, knownAt, meta, type Place, tags } from "./key-rule.ts";

export const MATERIALIZATIONS = ["view", "table", "incremental", "materialized_view", "ephemeral"] as const;

export const STRATEGIES = ["append", "upsert", "delete_insert", "merge", "microbatch"] as const;
/** dbt's word for `delete_insert`. */
export const DBT_DELETE_INSERT = "delete+insert";
export const SCHEMA_CHANGES = ["ignore", "fail", "append_new_columns", "sync_all_columns"] as const;

const incrementalConfig = {
  incremental_strategy: key(
    [...STRATEGIES, DBT_DELETE_INSERT],
    "How the new rows of an incremental model come to those that stand: upsert with a `unique_key`, append without.",
  ),
  incremental_predicates: key(
    "names",
    "Conditions on the live rows that may be replaced, for merge and delete_insert: `DBT_INTERNAL_DEST.day > current_date - 7`.",
  ),
  on_schema_change: key(
    SCHEMA_CHANGES,
    "What happens when an incremental model's query gives other columns than live has; ignore by default.",
  ),
  merge_update_columns: key("names", "The only columns that upsert and merge change in a row that stands."),
  merge_exclude_columns: key("names", "The columns that upsert and merge leave alone in a row that stands."),
  begin: key("text", "With microbatch: the time of the first batch, in UTC: `2024-01-01`."),
  batch_size: key(BATCH_SIZES, "With microbatch: how much time a batch spans."),
  lookback: key("number", "With microbatch: how many batches before the current one are built again; 1 by default."),
  concurrent_batches: key(
    "boolean",
    "With microbatch: false builds one batch after the other; by default only where the query reads `{{this}}`.",
  ),
  full_refresh: key(
    "boolean",
    "true: an incremental model is always built whole; false: never again, also not by `--full-refresh`.",
  ),
};

const freshnessGate = key(
  "boolean",
  "true: a build that reads the source does not begin while its rows are older than `error_after`.",
);

const sourceContract = key(
  "mapping",
  "`enforced: false`: columns that are missing or of another type than declared are told and refuse no build.",
);

const relationConfig = {
  enabled,
  schema: key("text", "The schema of the relation, taken literally."),
  alias: key("text", "The relation's name where it is not the node's."),
  tags,
  meta,
  grants: key("mapping", "Roles by privilege: `select: [reader]`; `+select` adds to what a folder grants."),
  persist_docs: key(
    "mapping",
    "Whether descriptions become comments in the database: `relation`, `columns`; both by default.",
  ),
  indexes: key("list", "Indexes to make before the relation is published."),
  pre_hook: key("hooks", "SQL to run before the node's data are made; hooks of all layers add up."),
  "pre-hook": key("hooks", "The same as pre_hook."),
  post_hook: key("hooks", "SQL to run after the node's data, before its indexes and constraints."),
  "post-hook": key("hooks", "The same as post_hook."),
  settings: key("mapping", "Settings of the server while the node is built: `work_mem: 256MB`; layers merge."),
  replication: key(["accept"], "`accept` replaces a relation that is in a publication; subscribers keep the old rows."),
};

const tableConfig = {
  partition_by: key("mapping", "How a table is cut into partitions, which are made as the data need them."),
  contract: key("mapping", "`enforced: true` holds the query to the columns and types of the property file."),
  unlogged: key("boolean", "true: a table that is not written ahead, faster to build and empty after a crash."),
  tablespace: key("text", "The tablespace that the rows stand in."),
  storage_parameters: key("mapping", "PostgreSQL's own, by name: `fillfactor: 80`, `autovacuum_enabled: false`."),
};

const relationIgnored: readonly string[] = [
  "access",
  "auto_liquid_cluster",
  "contract",
  "copy_grants",
  "database",
  "docs",
  "group",
  "on_configuration_change",
  "on_error",
  "packages",
  "query_tag",
  "quoting",
  "sql_header",
  "static_analysis",
  "transient",
  "unlogged",
];

export const testConfig = {
  where: key("sql", "A condition that narrows the rows to be judged."),
  severity: key(["error", "warn"], "Whether a failure stops the run."),
  test_scope: key(
    ["delta", "whole"],
    "Of an incremental model: whole judges all rows, also where the new ones alone would prove as much.",
  ),
  enforce: key(
    "boolean",
    "Of `unique`, `not_null` and `relationships`: the test becomes a constraint of the table, which guards live from then on.",
  ),
  failures: key("mapping", "What becomes of the failing rows; `failures` of project.yml says it for all tests."),
  statement_timeout: key("duration", "How long the server may work on the test; tests that share a scan have the sum."),
  limit: key("number", "The most failing rows that are counted."),
  fail_calc: key(
    "sql",
    "What is counted: an expression over the failing rows, `sum(missing)`. NULL is none. By default `count(*)`.",
  ),
  store_failures: key("boolean", "dbt's: false is `failures: { store: 0 }`, and true what is done by default."),
  store_failures_as: key(
    ["table", "view", "ephemeral"],
    "dbt's: ephemeral is `failures: { store: 0 }`, and the others what is done by default.",
  ),
  warn_if: key("text", 'The number of failures that warns: `"> 10"`, `"> 1%"`; `"!= 0"` by default.'),
  error_if: key("text", 'The number of failures that fails: `"> 10"`, `"> 1%"`; `"!= 0"` by default.'),
  tags,
  meta,
  enabled,
};

export const testIgnored = ["alias", "database", "group", "schema", "sql_header"];

/** Config of a test that may stand beside its arguments; never arguments. */
export const TEST_CONFIG_KEYS: readonly string[] = [...Object.keys(testConfig), ...testIgnored];

export const configPlaces = {
  "model config": {
    title: "a model's config",
    keys: {
      ...relationConfig,
      materialized: key(MATERIALIZATIONS, "What the model becomes in the database; view by default."),
      unique_key: key("names", "The columns that tell one row from another."),
      event_time: eventTime,
      entity: key(
        "names",
        "Of a feature model, whom its rows are of: `galley features` finds an entity's latest row by these columns and `event_time`. Without it the `unique_key` but for the time.",
      ),
      known: key(
        ["before", "after"],
        "`before`: a feature, which may use only what was before its row's `event_time`; `galley check leakage` proves it. `after` by default.",
      ),
      ...tableConfig,
      ...incrementalConfig,
    },
    ignored: relationIgnored.filter((name) => !Object.hasOwn(tableConfig, name)),
  },
  "seed config": {
    title: "a seed's config",
    keys: {
      ...relationConfig,
      column_types: key("mapping", "Types by column; the others are found from the data."),
      delimiter: key("text", "What stands between two fields; a comma by default."),
      quote_columns: key(
        "boolean",
        "true: column names stay as the file writes them; else they are folded to lower case.",
      ),
    },
    ignored: [...relationIgnored, ...Object.keys(incrementalConfig)].sort(),
  },
  "snapshot config": {
    title: "a snapshot's config",
    keys: {
      ...relationConfig,
      strategy: key(["timestamp", "check"], "How a changed row is told: by `updated_at`, or by comparing columns."),
      unique_key: key("names", "The columns that tell one row of the watched relation from another."),
      updated_at: key("text", "The column that says when a row last changed."),
      check_cols: key("names", "With `check`: the columns to compare, or `all`."),
      hard_deletes: key(
        ["ignore", "invalidate", "new_record"],
        "What becomes of a row that is gone: nothing, its end, or a version that says so; ignore by default.",
      ),
      invalidate_hard_deletes: key("boolean", "dbt's older form: true is `hard_deletes: invalidate`."),
      dbt_valid_to_current: key("sql", "What stands in `dbt_valid_to` of a row that is still valid; NULL by default."),
      snapshot_meta_column_names: key("mapping", "Other names for dbt's columns: `dbt_valid_from: valid_from`."),
    },
    ignored: [...relationIgnored, "batch_size", "begin", "concurrent_batches", "lookback"].sort(),
  },
  "snapshot columns": {
    title: "`snapshot_meta_column_names`",
    keys: {
      dbt_scd_id: key("text", "A version's own id."),
      dbt_updated_at: key("text", "When the row said that it changed."),
      dbt_valid_from: key("text", "From when the version holds."),
      dbt_valid_to: key("text", "Until when; NULL while it still holds."),
      dbt_is_deleted: key("text", "`True` on a version that says the row is gone, else `False`; with `new_record`."),
    },
    ignored: [],
  },
  "source config": {
    title: "a source's config",
    keys: {
      enabled,
      tags,
      meta,
      event_time: key(
        "names or mapping",
        "The column or columns that say when a row's event took place, in order, or expressions; `{ from: matches, on: game_id }` takes the time from another table of the source.",
      ),
      rows_known_at: knownAt("A row is"),
      rows_known_after: knownAfter("A row is"),
      columns_known_at: knownAt("Each column that says nothing itself is"),
      columns_known_after: knownAfter("Each column that says nothing itself is"),
      constant: key("boolean", "true: its rows never change; an assumption, printed in each report of a check."),
      ...freshnessConfig,
      freshness_gate: freshnessGate,
      contract: sourceContract,
    },
    ignored: [],
  },
  "event parent": {
    title: "an `event_time` of another table",
    keys: {
      from: key("text", "The table of the same source that has the event's time."),
      on: key(
        "any",
        "The column or columns by which its row is found; `{ match_id: game_id }` where the names differ.",
      ),
    },
    ignored: [],
  },
  failures: {
    title: "`failures`",
    keys: {
      show: key("number", "How many failing rows of a test are shown; 5 by default."),
      store: key("number", "How many are stored in `galley.test_failures`; 100 by default, 0 stores none."),
      columns: key(["all", "key"], "What of them is shown and stored: all columns (the default), or the key alone."),
      keep: key("mapping", "How long they are kept: `{ count: 30, period: day }`, which is the default."),
    },
    ignored: [],
  },
  "unit test config": { title: "a unit test's config", keys: { tags, meta, enabled }, ignored: [] },
  "data test config": { title: "a data test's config", keys: testConfig, ignored: testIgnored },
} as const satisfies Record<string, Place>;
