/** Keys of data tests and of unit tests. */
import { testConfig, testIgnored } from "./config-places.ts";
import { description, key, type Place, required } from "./key-rule.ts";

const fixture = {
  rows: key("any", "A list of mappings, CSV or SQL as text: as `format` says."),
  format: key(["dict", "csv", "sql"], "dict by default; that of the fixture file where there is one."),
  fixture: key("text", "The name of a file in fixtures/, without its ending."),
};

export const testPlaces = {
  "unit test": {
    title: "a unit test",
    keys: {
      name: required("text", "Its name, unique among those of its model."),
      model: key("text", "The model whose query is asked."),
      query: key("sql", "A query in place of a model: a template, in which macros are called as in a model."),
      description,
      given: key("list", "What the query reads: rows for each input."),
      expect: required("mapping", "The rows that come out; only columns that are named here are compared."),
      overrides: key("mapping", "What vars, environment variables and macros say during the test."),
      config: key("mapping", "Its config."),
    },
    ignored: ["versions"],
  },
  "unit test input": {
    title: "an input of a unit test",
    keys: {
      input: required("text", "`ref('x')`, `source('a', 'b')`, or `this`, the incremental model's own rows."),
      ...fixture,
    },
    ignored: [],
  },
  "unit test rows": { title: "what a unit test expects", keys: fixture, ignored: [] },
  "unit test overrides": {
    title: "`overrides`",
    keys: {
      macros: key(
        "mapping",
        "`is_incremental: true`, `run_started_at: 2026-01-31T12:00:00Z`, or the SQL that one of the project's macros gives.",
      ),
      vars: key("mapping", "Vars by name."),
      env_vars: key("mapping", "Environment variables by name."),
    },
    ignored: [],
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
} as const satisfies Record<string, Place>;
