/** What can be wrong with a key of config, wherever it is written: project.yml, a property file, a model's header. */
import type { CodeEntry } from "./entry.ts";

export const configCodes = {
  "config/unknown-key": {
    exit: 2,
    title: "a key that nobody knows",
    explanation:
      "The key is neither Galley's nor dbt's, so it is probably a slip of the pen: what it should have done would silently not happen. Things of your own belong under `meta`, which is free.",
  },
  "config/ignored-key": {
    exit: 2,
    title: "a key of dbt that does nothing here",
    explanation:
      "dbt knows the key, Galley does not act upon it. It is accepted so that a property file written for dbt loads unchanged, and named once so that nobody relies on it.",
  },
  "config/hook": {
    exit: 2,
    title: "a hook that cannot be understood",
    explanation:
      "A hook is one or several statements of SQL, a template as a model is. In a header it is a text that is written out; `{{this}}` is the relation of the node that it belongs to, so a run's hooks have none. A reference to an ephemeral model has nothing to stand for in a hook, because only a query can hold its CTE.",
  },
  "config/wrong-type": {
    exit: 2,
    title: "a value of the wrong type",
    explanation:
      "The key takes another kind of value: a list where a word stands, or a word that is none of those allowed. Text that looks like a number or a boolean needs quotes in YAML.",
  },
  "config/missing-key": {
    exit: 2,
    title: "a key that must be there is missing",
    explanation:
      "The mapping cannot be understood without this key. The reference of configuration lists what each needs.",
  },
  "config/bad-known": {
    exit: 2,
    title: "what is known when cannot be told",
    explanation:
      "Rows and columns are known `at` a time or `after` it, not both; a constant source has no times. `event_time: { from, on }` names another table of the same source, which has an `event_time` of its own. A model that is `known: before` needs an `event_time` and a `unique_key`, and a relation. The data test `point_in_time` judges such a model, and stands on sources of which it is said what is known when.",
  },
} as const satisfies Record<string, CodeEntry>;
