/** What can be wrong in `load`: each code once, with the exit code it asks for and what a user can do about it. */
import type { CodeEntry } from "./entry.ts";

export const loadCodes = {
  "load/no-project": {
    exit: 2,
    title: "no project.yml here or above",
    explanation:
      "Galley looks for project.yml in the working folder and upward. Change into a project, name one with --project-dir, or make one with `galley init`.",
  },
  "load/unreadable-file": {
    exit: 2,
    title: "a file cannot be read",
    explanation: "The operating system refused; its reason stands in parentheses. Often the file's permissions.",
  },
  "load/not-utf8": {
    exit: 2,
    title: "a file is not UTF-8 text",
    explanation:
      "All files of a project are UTF-8; a byte order mark is allowed. Another encoding would silently change letters, so the file is refused: save it as UTF-8.",
  },
  "load/yaml-syntax": {
    exit: 2,
    title: "YAML that does not parse",
    explanation:
      "The file is read as YAML 1.2. The usual reasons: indentation with tabs, a text that holds `: ` or begins with `{`, `[`, `*`, `&`, `%` or `@` without quotes, a bracket that is not closed.",
  },
  "load/duplicate-key": {
    exit: 2,
    title: "a key stands twice in one mapping",
    explanation: "One of the two values would silently be lost. Keep one, or merge what they hold.",
  },
  "load/duplicate-entry": {
    exit: 2,
    title: "a name stands twice where each may stand once",
    explanation: "Two columns of one entry, or two ingest mappings, have the same name. Keep one, or rename.",
  },
  "load/template-in-yaml": {
    exit: 2,
    title: "a template in YAML",
    explanation:
      "YAML files are read as they stand. They know `${ENV}`, `${ENV:-default}` and `${var.name}`; references are written `ref('x')` and `source('a', 'b')` without braces.",
  },
  "load/interpolation": {
    exit: 2,
    title: "a `${…}` that is not understood",
    explanation:
      "YAML knows `${ENV}`, `${ENV:-default}` and `${var.name}`. A var that is a list or a mapping must be the whole value. Vars may be made of the environment, not of each other.",
  },
  "load/missing-env": {
    exit: 2,
    title: "an environment variable is not set",
    explanation:
      "A `${NAME}` without a default needs the variable. Set it, put it into `.env` beside project.yml (the real environment wins), or write `${NAME:-default}`. Only the chosen target is looked at.",
  },
  "load/unknown-var": {
    exit: 2,
    title: "a var that is not declared",
    explanation:
      "Every var is declared under `vars:` in project.yml with its usual value; `--vars` and `${var.x}` know no others, so that a slip is not taken for a new one.",
  },
  "load/vars-no-mapping": {
    exit: 2,
    title: "--vars is no mapping",
    explanation: "`--vars` takes a YAML mapping: `--vars '{rolling_games: 3, football: true}'`.",
  },
  "load/unknown-target": {
    exit: 2,
    title: "a target that is not declared",
    explanation:
      "The target comes from `--target`, else from `target:` in project.yml, else it is the only one. It must be one of `targets:`.",
  },
  "load/target-connection": {
    exit: 2,
    title: "a target that cannot be understood",
    explanation:
      "A target of type `postgres` has either a `url`, or parts: `host`, `port`, `user`, `password`, `dbname`, `sslmode`. `threads` is a whole number from 1.",
  },
  "load/project-name": {
    exit: 2,
    title: "a name that cannot name a project",
    explanation: "The project's name is part of every node's id: letters, digits and underscores, not a digit first.",
  },
  "load/flags-block": {
    exit: 2,
    title: "dbt's `flags:` block",
    explanation:
      'In Galley a feature flag is a boolean var: declared under `vars:`, read by `{{var "x"}}` and `${var.x}`, set by `--vars`. What dbt sets under `flags:` for its command line are options of the command line here, or not needed.',
  },
  "load/unknown-folder": {
    exit: 2,
    title: "config for a folder that does not exist",
    explanation:
      "Under `models:`, `seeds:`, `sources:` and `data_tests:` of project.yml stand folders (or single nodes), and config written `+key`. A bare key is config if it is a known one and no folder has its name.",
  },
  "load/test-form": {
    exit: 2,
    title: "an entry of data_tests that is no data test",
    explanation: "A data test is a name, or a mapping of its name to its arguments and config.",
  },
  "load/snapshot-block": {
    exit: 2,
    title: "a snapshot that is not declared in YAML",
    explanation:
      "Snapshots are entries of `snapshots:` in property files, as in dbt from 1.9 on. The error shows a `{% snapshot %}` block in that form. A query of its own becomes an ephemeral model, which the snapshot then watches.",
  },
  "load/mapping-form": {
    exit: 2,
    title: "an ingest mapping that cannot be understood",
    explanation:
      "A mapping's steps say `into: schema.table`, the `key` of a unique constraint, and an SQL expression for each column; `key` and `update` name columns of the step.",
  },
  "load/missing-file": {
    exit: 2,
    title: "a file that is named and not there",
    explanation: "The `path` of an ingest mapping is the path of a CSV file in seeds/, relative to the project.",
  },
  "load/bad-unit-test": {
    exit: 2,
    title: "a unit test that asks nothing, or two things",
    explanation:
      "A unit test is of a `model`, or has a `query` of its own. A query may call macros and refer to nodes, as a model does; what it refers to is given by rows.",
  },
  "load/bad-fixture": {
    exit: 2,
    title: "rows of a unit test that cannot be read",
    explanation:
      'Rows are a list of mappings (`format: dict`, the default), or a text with `format: csv` or `format: sql`, or stand in a file: `fixture: name`. A CSV names its columns in its first line; an empty value is NULL, and `""` an empty text. An input without rows is `rows: []`.',
  },
  "load/unknown-fixture": {
    exit: 2,
    title: "a fixture file that is not there",
    explanation:
      "`fixture` takes the name of a file in fixtures/, or in a folder below it, without `.csv` or `.sql`. Two files of one name are told apart by `format`.",
  },
} as const satisfies Record<string, CodeEntry>;
