/**
 * Every key that a project's YAML and a model's header know, in one table: from it come the checks, the editors' JSON
 * schemas and the reference page. A key that stands in none of a place's lists is an error.
 */

export type ValueType =
  | "text"
  /** Text that is SQL; `true` and `0` may stand without quotes. */
  | "sql"
  | "boolean"
  | "number"
  /** One text or a list of texts. */
  | "names"
  | "list"
  | "mapping"
  /** A number of milliseconds, or text such as `200ms`, `5s`, `2min`. */
  | "duration"
  | "any"
  | readonly string[];

export type KeyRule = {
  readonly type: ValueType;
  readonly description: string;
  readonly isRequired: boolean;
};

export type Place = {
  /** For people: "a model's config". */
  readonly title: string;
  readonly keys: Readonly<Record<string, KeyRule>>;
  /** dbt's, not acted upon: accepted with a warning. */
  readonly ignored: readonly string[];
};

const key = (type: ValueType, description: string): KeyRule => ({ type, description, isRequired: false });
const required = (type: ValueType, description: string): KeyRule => ({ type, description, isRequired: true });

export const MATERIALIZATIONS = ["view", "table", "materialized_view", "ephemeral"] as const;

const tags = key("names", "Labels for selection (`tag:nightly`); those of all layers add up.");
const meta = key("mapping", "Free for your own use; merged over the layers.");
const enabled = key("boolean", "false takes the thing out of the project; usually a var.");
const description = key("text", "What it is, for the documentation.");
const eventTime = key("names", "The column or columns that say when a row's event took place, in order.");

const relationConfig = {
  enabled,
  schema: key("text", "The schema of the relation, taken literally."),
  alias: key("text", "The relation's name where it is not the node's."),
  tags,
  meta,
  grants: key("mapping", "Privileges by name: `select: [reader]`."),
  indexes: key("list", "Indexes to make before the relation is published."),
};

const relationIgnored = [
  "access",
  "auto_liquid_cluster",
  "batch_size",
  "begin",
  "concurrent_batches",
  "contract",
  "copy_grants",
  "database",
  "docs",
  "full_refresh",
  "group",
  "incremental_predicates",
  "incremental_strategy",
  "lookback",
  "merge_exclude_columns",
  "merge_update_columns",
  "on_configuration_change",
  "on_error",
  "on_schema_change",
  "packages",
  "persist_docs",
  "post-hook",
  "post_hook",
  "pre-hook",
  "pre_hook",
  "query_tag",
  "quoting",
  "sql_header",
  "static_analysis",
  "transient",
  "unlogged",
];

const testConfig = {
  where: key("sql", "A condition that narrows the rows to be judged."),
  severity: key(["error", "warn"], "Whether a failure stops the run."),
  limit: key("number", "The most failing rows that are counted."),
  warn_if: key("text", 'The number of failures that warns: `"> 10"`, `"> 1%"`; `"!= 0"` by default.'),
  error_if: key("text", 'The number of failures that fails: `"> 10"`, `"> 1%"`; `"!= 0"` by default.'),
  tags,
  meta,
  enabled,
};

const testIgnored = [
  "alias",
  "database",
  "fail_calc",
  "group",
  "schema",
  "sql_header",
  "store_failures",
  "store_failures_as",
];

/** Config of a test that may stand beside its arguments; never arguments. */
export const TEST_CONFIG_KEYS: readonly string[] = [...Object.keys(testConfig), ...testIgnored];

const targetCommon = {
  type: required(["embedded", "postgres"], "`embedded` (Galley runs the server) or `postgres`."),
  threads: key("number", "How many nodes are built at once; 4 by default."),
  schema_prefix: key("text", "Taken literally before every schema that Galley owns; never before a source's."),
  search_path: key("names", "Schemas of extensions, after pg_catalog, for the SQL of models."),
  lock_timeout: key("duration", "How long one try to lock live relations may wait."),
  publish_timeout: key("duration", "How long publishing tries in all."),
  old_snapshot_wait: key("duration", "How long to wait for transactions that would read a replaced table as empty."),
};

export const PLACES = {
  project: {
    title: "project.yml",
    keys: {
      name: required("text", "The project's name, which begins every node's id."),
      target: key("text", "The target of a command that names none; needed where there are several."),
      schema: required("text", "The schema of nodes without their own."),
      targets: key("mapping", "Where a run may connect; without any, the embedded server."),
      vars: key("mapping", "Values for templates and for `${var.x}`; only declared ones exist."),
      models: key("mapping", "Config of models by folder."),
      seeds: key("mapping", "Config of seeds by folder."),
      sources: key("mapping", "Config of sources by folder."),
      data_tests: key("mapping", "Config of data tests by folder."),
      tests: key("mapping", "The same as data_tests."),
      extensions: key(
        "names",
        "Extensions that models need; made on the embedded server, elsewhere an administrator's.",
      ),
      publish: key(["all", "batches"], "`all`: one transaction. `batches` is reserved, and taken as `all` for now."),
      failures: key("any", "Reserved: what is kept of failing rows. Does nothing for now."),
    },
    ignored: [
      "analyses",
      "analysis-paths",
      "asset-paths",
      "clean-targets",
      "config-version",
      "dbt-cloud",
      "dispatch",
      "docs-paths",
      "exposures",
      "functions",
      "log-path",
      "macro-paths",
      "metrics",
      "model-paths",
      "on-run-end",
      "on-run-start",
      "packages-install-path",
      "profile",
      "query-comment",
      "quoting",
      "require-dbt-version",
      "restrict-access",
      "saved-queries",
      "seed-paths",
      "semantic-models",
      "snapshot-paths",
      "snapshots",
      "target-path",
      "test-paths",
      "unit_tests",
      "version",
    ],
  },
  "embedded target": { title: "an embedded target", keys: targetCommon, ignored: ["schema"] },
  "postgres target": {
    title: "a postgres target",
    keys: {
      ...targetCommon,
      url: key("text", "postgres://…, usually from the environment."),
      host: key("text", "The server's host or the folder of its socket."),
      port: key("number", "The server's port."),
      user: key("text", "The role that connects."),
      password: key("text", "Its password, usually from the environment."),
      dbname: key("text", "The database."),
      sslmode: key(["disable", "prefer", "require", "verify-ca", "verify-full"], "How the connection is encrypted."),
      role: key("text", "SET ROLE after connecting."),
    },
    ignored: ["connect_timeout", "keepalives_idle", "retries", "schema", "sslcert", "sslkey", "sslrootcert"],
  },
  "property file": {
    title: "a property file",
    keys: {
      version: key("any", "Ignored."),
      models: key("list", "Properties of models."),
      seeds: key("list", "Properties of seeds."),
      sources: key("list", "Relations that Galley reads and does not make."),
    },
    ignored: [
      "analyses",
      "data_tests",
      "exposures",
      "functions",
      "groups",
      "macros",
      "metrics",
      "saved_queries",
      "semantic_models",
      "snapshots",
      "unit_tests",
    ],
  },
  model: {
    title: "an entry of `models:`",
    keys: {
      name: required("text", "The model's name."),
      description,
      config: key("mapping", "Its config."),
      columns: key("list", "Its columns."),
      constraints: key("list", "Constraints over its columns."),
      data_tests: key("list", "Data tests of the whole relation."),
      tests: key("list", "The same as data_tests."),
      tags,
      meta,
    },
    ignored: ["access", "deprecation_date", "docs", "group", "latest_version", "time_spine", "versions"],
  },
  seed: {
    title: "an entry of `seeds:`",
    keys: {
      name: required("text", "The seed's name."),
      description,
      config: key("mapping", "Its config."),
      columns: key("list", "Its columns."),
      constraints: key("list", "Constraints over its columns."),
      data_tests: key("list", "Data tests of the whole relation."),
      tests: key("list", "The same as data_tests."),
      tags,
      meta,
    },
    ignored: ["docs", "group"],
  },
  source: {
    title: "a source",
    keys: {
      name: required("text", "The source's name."),
      schema: key("text", "Its schema; the source's name by default."),
      description,
      config: key("mapping", "Config of all its tables."),
      tables: key("list", "Its tables."),
      tags,
      meta,
      enabled,
    },
    ignored: [
      "database",
      "external",
      "freshness",
      "loaded_at_field",
      "loaded_at_query",
      "loader",
      "overrides",
      "quoting",
    ],
  },
  "source table": {
    title: "a source's table",
    keys: {
      name: required("text", "The table's name in references."),
      identifier: key("text", "Its name in the database where it differs."),
      description,
      config: key("mapping", "Its config."),
      columns: key("list", "Its columns."),
      data_tests: key("list", "Data tests of the whole table."),
      tests: key("list", "The same as data_tests."),
      tags,
      meta,
    },
    ignored: ["docs", "external", "freshness", "loaded_at_field", "loaded_at_query", "loader", "quoting"],
  },
  column: {
    title: "a column",
    keys: {
      name: required("text", "The column's name."),
      description,
      data_type: key("sql", "Its type."),
      config: key("mapping", "Its tags and meta."),
      constraints: key("list", "Constraints of this column."),
      data_tests: key("list", "Data tests of this column."),
      tests: key("list", "The same as data_tests."),
      tags,
      meta,
    },
    ignored: ["dimension", "docs", "entity", "granularity", "policy_tags", "quote"],
  },
  "column config": { title: "a column's config", keys: { tags, meta }, ignored: [] },
  constraint: {
    title: "a constraint",
    keys: {
      type: required(["primary_key", "unique", "foreign_key", "check", "not_null"], "Its kind."),
      name: key("text", "Its name; PostgreSQL's own form by default."),
      columns: key("names", "Its columns."),
      expression: key("sql", "The condition of a check."),
      to: key("text", "What a foreign key refers to: ref('x') or source('a', 'b')."),
      to_columns: key("names", "The columns that a foreign key refers to."),
    },
    ignored: ["warn_unenforced", "warn_unsupported"],
  },
  index: {
    title: "an index",
    keys: {
      name: key("text", "Its name; PostgreSQL's own form by default."),
      columns: required("any", "Columns and expressions, in order."),
      unique: key("boolean", "Whether a key may stand only once."),
      type: key("text", "The access method; btree by default."),
      include: key("names", "Columns that are stored and not part of the key."),
      where: key("sql", "The condition of a partial index."),
    },
    ignored: [],
  },
  "index column": {
    title: "an index's column",
    keys: {
      column: key("text", "The column."),
      expression: key("sql", "An expression in place of a column."),
      order: key(["asc", "desc"], "The order."),
      nulls: key(["first", "last"], "Where NULL stands."),
      opclass: key("text", "The operator class."),
    },
    ignored: [],
  },
  "model config": {
    title: "a model's config",
    keys: {
      ...relationConfig,
      materialized: key(MATERIALIZATIONS, "What the model becomes in the database; view by default."),
      unique_key: key("names", "The columns that tell one row from another."),
      event_time: eventTime,
    },
    ignored: relationIgnored,
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
    ignored: relationIgnored,
  },
  "source config": {
    title: "a source's config",
    keys: { enabled, tags, meta, event_time: eventTime },
    ignored: ["freshness", "loaded_at_field", "loaded_at_query"],
  },
  "data test": {
    title: "a data test",
    keys: {
      name: key("text", "Its name, where the generated one will not do."),
      test_name: key("text", "Its kind, where `name` stands beside it."),
      description,
      arguments: key("mapping", "What the kind takes."),
      config: key("mapping", "Its config."),
      ...testConfig,
    },
    ignored: testIgnored,
  },
  "data test config": { title: "a data test's config", keys: testConfig, ignored: testIgnored },
  mapping: {
    title: "an ingest mapping",
    keys: {
      ingest: required("text", "The mapping's name."),
      description,
      file: required("mapping", "The file's format, and its path for a seed."),
      steps: required("list", "What is written, in order, in one transaction."),
    },
    ignored: [],
  },
  "mapping file": {
    title: "an ingest mapping's file",
    keys: {
      format: key(["csv"], "The format."),
      null: key("names", "Field texts that mean NULL; an unquoted empty field by default."),
      delimiter: key("text", "What stands between two fields; a comma by default."),
      path: key("text", "The file in seeds/ that this mapping loads."),
    },
    ignored: [],
  },
  "mapping step": {
    title: "a step of an ingest mapping",
    keys: {
      into: required("text", "schema.table"),
      key: required("names", "The columns of a unique constraint of the table."),
      columns: required("mapping", "SQL by column; `f` is the row of the file."),
      update: key("names", "Columns that a later row may change; default: all that is no key."),
      where: key("sql", "Which rows of the file the step takes."),
      reject: key("mapping", "Conditions by reason under which a row is refused."),
    },
    ignored: [],
  },
} as const satisfies Record<string, Place>;

export type PlaceName = keyof typeof PLACES;
