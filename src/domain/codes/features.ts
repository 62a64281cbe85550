/** What can be wrong with a training set or with features to serve: each code once, with its exit code and what to do. */
import type { CodeEntry } from "./entry.ts";

export const featuresCodes = {
  "features/unknown-feature": {
    exit: 2,
    title: "no such feature",
    explanation:
      "A feature is `model.column`, or a model for all of its columns but keys, times and labels; `name=model.column` gives it another name. A model is a feature model when it has an `event_time`, and an `entity` or a `unique_key`.",
  },
  "features/not-known": {
    exit: 2,
    title: "a column is not known at its row's time",
    explanation:
      "The column is a label: `known_after` its row's `event_time`. What is to be predicted comes along with the entities, as a column of their file or query.",
  },
  "features/not-built": {
    exit: 2,
    title: "a feature model is not on live",
    explanation: "Features are read from live. Build and publish the model first.",
  },
  "features/duplicate-column": {
    exit: 2,
    title: "two columns of one name",
    explanation:
      "The entities' columns come first in the answer, then the features, and each name stands there once. `name=model.column` gives a feature another name.",
  },
  "features/personal": {
    exit: 1,
    title: "a model's personal columns do not come along",
    explanation:
      "A column with `meta.pii` goes into a training set or an answer only when it is asked for by its name, `model.column`. Of a model that is asked for as a whole it is left out, and this warning says so. Columns of the entities are the asker's own.",
  },
  "features/bad-entities": {
    exit: 2,
    title: "the entities cannot be read",
    explanation:
      "Entities are the rows of a CSV file with a header, or of a query. They need the key columns of each feature model, by their names, and a time: the column `event_time`, the models' own time columns, or those that `--time` names.",
  },
  "features/bad-row": {
    exit: 1,
    title: "a row of the entities cannot be used",
    explanation:
      "A key or a time is not of the type that the feature model has, a time is missing, or the line does not fit the header. Nothing is written.",
  },
  "features/order-unknown": {
    exit: 1,
    title: "the order within a day is not known",
    explanation:
      "The feature model has its rows in order within a day, and the entities have the day alone: nothing of that day is known then, and the latest row of an earlier day is taken. Give the entities the other time columns too.",
  },
  "features/cannot-write": {
    exit: 2,
    title: "the training set cannot be written",
    explanation: "The file's folder must exist and be writable. `-` writes CSV to standard output.",
  },
} as const satisfies Record<string, CodeEntry>;
