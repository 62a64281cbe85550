/** What can be wrong in `link`: each code once, with the exit code it asks for and what a user can do about it. */
import type { CodeEntry } from "./entry.ts";

export const linkCodes = {
  "link/unknown-reference": {
    exit: 2,
    title: "a ref to a name that nothing has",
    explanation:
      "`ref` takes the name of a model or seed: its file's stem. A table that Galley does not make is a source, and a seed file that an ingest mapping loads is no node: read the raw table that it fills as a source.",
  },
  "link/unknown-source": {
    exit: 2,
    title: "a source that is not declared",
    explanation:
      "Sources and their tables are declared under `sources:` in a property file below models/; `source` takes both names.",
  },
  "link/disabled-reference": {
    exit: 2,
    title: "a reference to something that is switched off",
    explanation:
      "The node has `enabled: false`, so there is nothing to read. Put the reference inside an `{{#if}}` on the same var, or switch off what refers to it as well.",
  },
  "link/disabled-test": {
    exit: 2,
    title: "a data test is left out because of what it refers to",
    explanation: "A data test that refers to something switched off is switched off with it.",
  },
  "link/duplicate-name": {
    exit: 2,
    title: "two nodes of one name",
    explanation:
      "Names are unique over models and seeds, whatever their folder, because `ref` takes nothing else; tables are unique in their source. `alias` gives a relation a name other than its node's.",
  },
  "link/cannot-enforce": {
    exit: 2,
    title: "a data test that no constraint can stand for",
    explanation:
      "`enforce: true` makes a data test into a constraint of the table that Galley builds. Constraints hold for all rows, without exception: there is none for a test with a `where`, with severity `warn` or with an `error_if` that lets rows fail, and none on a view. Set for a folder or the project, `enforce` speaks only of the tests that can have one.",
  },
  "link/bad-failures": {
    exit: 2,
    title: "what becomes of failing rows cannot be read",
    explanation:
      "`failures: { show: 5, store: 100, columns: all, keep: { count: 30, period: day } }` says how many failing rows of a data test are shown and stored, whether with all columns or the key alone, and for how long they are kept. It stands in project.yml for all tests, as `+failures` under `data_tests:` for a folder, and in a test's config; what is nearer wins key by key.",
  },
  "link/duplicate-test": {
    exit: 2,
    title: "two data tests of one name",
    explanation:
      "Names of data tests are made of the kind, the node and the arguments, as in dbt. Two tests that differ only in their config get the same name: give one a `name:`.",
  },
  "link/duplicate-relation": {
    exit: 2,
    title: "two nodes would be the same relation",
    explanation: "Their schema and name are equal. Give one of them another `schema` or `alias`.",
  },
  "link/duplicate-object": {
    exit: 2,
    title: "an index or constraint has a name that is taken",
    explanation:
      "In PostgreSQL indexes, primary keys and unique constraints share their names with the relations of the schema; other constraints share theirs within the table.",
  },
  "link/duplicate-properties": {
    exit: 2,
    title: "two entries for one node",
    explanation: "Properties of a model or seed stand in one entry of one property file. Merge the two.",
  },
  "link/properties-of-nothing": {
    exit: 2,
    title: "an entry for a node that does not exist",
    explanation:
      "A property file speaks of a model or seed for which there is no file, so its tests and constraints would silently not happen. Usually a slip in the name, or a file that was renamed.",
  },
  "link/bad-snapshot": {
    exit: 2,
    title: "a snapshot that cannot be understood",
    explanation:
      "A snapshot says what it watches (`relation`), what tells rows apart (`unique_key`) and how a change is told: `strategy: timestamp` with `updated_at`, or `strategy: check` with `check_cols`.",
  },
  "link/model-on-source": {
    exit: 2,
    title: "a model would replace a source",
    explanation:
      "Sources are inputs that Galley never writes. Give the model another `schema` or `alias`, or remove the source if the model now makes that table.",
  },
  "link/name-too-long": {
    exit: 2,
    title: "a name is longer than PostgreSQL allows",
    explanation:
      "PostgreSQL cuts names at 63 bytes without a word. A schema needs room for `__next`, because its workspace is called so. `alias` shortens a relation's name; indexes and constraints take a `name`.",
  },
  "link/reserved-schema": {
    exit: 2,
    title: "a schema has a suffix that Galley needs",
    explanation:
      "`__next` is the workspace of a schema, `__old` holds what was replaced, and `__old2` to `__old9` what somebody still reads of it. No schema may end so.",
  },
  "link/array-type-taken": {
    exit: 2,
    title: "a relation's name is another's with an underscore in front",
    explanation:
      "PostgreSQL makes an array type for every relation and calls it `_name`. `x` beside `_x` in one schema would make publishing fail: rename one.",
  },
  "link/loop": {
    exit: 2,
    title: "models refer to each other in a loop",
    explanation:
      "No order of building exists. The path is shown with the place of each reference; one of them must go. Foreign keys are no edges and may be mutual.",
  },
  "link/bad-constraint": {
    exit: 2,
    title: "a constraint that cannot be understood",
    explanation:
      "`primary_key` and `unique` need columns, `check` an expression, `foreign_key` columns, `to` and as many `to_columns`, `not_null` one column. A relation has one primary key.",
  },
  "link/constraint-on-view": {
    exit: 2,
    title: "a constraint on something that cannot have one",
    explanation:
      "Views, materialized views and ephemeral models have no constraints. The same is checked by a data test instead. Write it as one to silence the warning, or make the model a table.",
  },
  "link/index-on-view": {
    exit: 2,
    title: "an index on something that cannot have one",
    explanation: "Only tables and materialized views have indexes. Set `materialized: table`, or drop the index.",
  },
  "link/bad-index": {
    exit: 2,
    title: "an index that cannot be understood",
    explanation:
      "An index has one column at least; each is a name, or a mapping with `column` or `expression` and, as needed, `order`, `nulls` and `opclass`.",
  },
  "link/bad-contract": {
    exit: 2,
    title: "a contract that cannot be held to",
    explanation:
      "A contract is the list of all columns of the model, each with its `data_type`. An ephemeral model has no relation, and so no contract.",
  },
  "link/bad-partition": {
    exit: 2,
    title: "partitions that do not fit together",
    explanation:
      "`partition_by` takes a column or an expression, and one way to cut: a range by `granularity`, `interval` or a list of `partitions`, a list by its values or `partitions`, a hash by `modulus`. PostgreSQL wants every unique key of a partitioned table to hold the columns that it is cut by. Only tables are cut.",
  },
  "link/bad-storage": {
    exit: 2,
    title: "a storage parameter that cannot be read",
    explanation:
      "`storage_parameters` takes PostgreSQL's own names (`fillfactor`, `autovacuum_enabled`, `toast.autovacuum_enabled` …) with a number, a word, true or false. Whether the server knows the name shows when the relation is made.",
  },
  "link/storage-on-view": {
    exit: 2,
    title: "a storage option says nothing of this kind of relation",
    explanation:
      "`unlogged`, `tablespace`, `storage_parameters` and `partition_by` say how a table keeps its rows. A view keeps none, and a materialized view is always logged and whole. The option is passed over with a warning, because folders hand theirs down.",
  },
  "link/bad-grant": {
    exit: 2,
    title: "a grant that cannot be made",
    explanation:
      "`grants` takes PostgreSQL's privileges on tables and views, each with a role or a list of roles: `select`, `insert`, `update`, `delete`, `truncate`, `references`, `trigger`, `maintain` (from version 17 on) and `all`. A `+` in front adds to what the folders above grant.",
  },
  "link/bad-setting": {
    exit: 2,
    title: "a setting that a node cannot have",
    explanation:
      "`settings` holds settings of the server for the time in which a node is built, such as `work_mem` or `statement_timeout`. Those that a run relies on itself (who owns what it makes, what names mean, how it ends) cannot be changed for a node.",
  },
  "link/hook-on-ephemeral": {
    exit: 2,
    title: "a hook on a model that is never built",
    explanation:
      "An ephemeral model becomes a part of the queries that refer to it, so there is no time before or after its data. Put the hook on a model that is built.",
  },
  "link/unknown-test": {
    exit: 2,
    title: "a data test of an unknown kind",
    explanation:
      "Kinds are named as in dbt, dbt-utils and dbt-expectations, with or without their prefix. An own kind is a file macros/tests/<kind>.sql.",
  },
  "link/unknown-argument": {
    exit: 2,
    title: "an argument that the kind of data test does not take",
    explanation:
      "Arguments stand under `arguments:` or flat. `where`, `severity`, `limit`, `warn_if`, `error_if`, `tags`, `name`, `description`, `meta` and `enabled` are config.",
  },
  "link/missing-argument": {
    exit: 2,
    title: "a data test lacks an argument that it needs",
    explanation: "The reference of data tests lists what each kind takes. A test of a column stands under the column.",
  },
  "link/wrong-argument": {
    exit: 2,
    title: "an argument of the wrong type",
    explanation: "The kind of data test takes another type here: a list, a reference such as `ref('x')`, a number …",
  },
  "link/bad-freshness": {
    exit: 2,
    title: "how old a source may be cannot be understood",
    explanation:
      "`warn_after` and `error_after` take a count and a period (minute, hour, day); what one layer leaves out, the layer above may say. When rows were loaded is said by `loaded_at_field` or by `loaded_at_query`, not by both in one place.",
  },
  "link/freshness-without-time": {
    exit: 2,
    title: "a source may grow old, and nothing says when its rows were loaded",
    explanation:
      "PostgreSQL does not keep the time at which a table was last written, so `freshness` needs a `loaded_at_field` or a `loaded_at_query`. The table is not looked at, with a warning. `freshness: null` says that it is not meant.",
  },
  "link/bad-threshold": {
    exit: 2,
    title: "a threshold that cannot be read",
    explanation:
      'A threshold compares the number of failing rows, or their share: `error_if: "> 10"`, `warn_if: ">= 1%"`, `"!= 0"`. A share is of the rows judged, so a singular test, which may read anything, has none.',
  },
  "link/bad-incremental": {
    exit: 2,
    title: "config of an incremental model that does not hold together",
    explanation:
      "`upsert`, `merge` and `delete_insert` need a `unique_key`; `incremental_predicates` belong to `merge` and `delete_insert`, `merge_update_columns` and `merge_exclude_columns` (one of the two) to `merge` and `upsert`. `microbatch` needs `event_time`, `begin` and `batch_size`, and an input with an `event_time`.",
  },
  "link/bad-limit": {
    exit: 2,
    title: "a limit that is no whole number",
    explanation: "`limit` is the most failing rows that a data test counts: a whole number from 1.",
  },
  "link/bad-unit-test": {
    exit: 2,
    title: "a unit test that does not fit its model",
    explanation:
      "A unit test is of a model of the project. Its `overrides` set vars that are declared, environment variables, `is_incremental` of an incremental model, `run_started_at`, and the SQL that one of the project's macros gives.",
  },
  "link/unit-test-input": {
    exit: 2,
    title: "what a unit test is given is not what its query reads",
    explanation:
      "A unit test says rows for all that its query refers to, `{{this}}` included (`input: this`), because nothing is read from the database; and for nothing else. An ephemeral model may be given itself, or what that reads in its place. `rows: []` is an input without rows.",
  },
} as const satisfies Record<string, CodeEntry>;
