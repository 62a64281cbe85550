/** What can go wrong while a check rebuilds the past: each code once, with its exit code and what to do. */
import type { CodeEntry } from "./entry.ts";

export const checkCodes = {
  "check/no-time": {
    exit: 2,
    title: "the past of the sources cannot be told",
    explanation:
      "A check shows the rows of a source up to a time, by the first column of its `event_time`. The columns of all sources that the models read must be comparable, and hold three different times at least.",
  },
  "check/not-proved": {
    exit: 1,
    title: "a check says nothing about a model",
    explanation:
      "No source that the model reads has an `event_time`. It is neither right nor wrong by this check. A microbatch model is not grown either: its windows follow the time of the run.",
  },
  "check/not-grown": {
    exit: 1,
    title: "an incremental model could not take its new rows",
    explanation:
      "Grown from the past, the query of the new rows or their coming to the table failed: a key stands twice among the new rows, or is NULL, or the query itself failed.",
  },
  "check/column-without-rule": {
    exit: 2,
    title: "a source does not say when its columns are known",
    explanation:
      "`galley check leakage` hides and changes what was not known at a time in the past. For each column that is no key and no part of a time it must be said when it is known: `known_at` or `known_after` of the column, or `columns_known_at`, `columns_known_after` of the source for all that say nothing. `known_at: always` is known as soon as its row is.",
  },
  "check/bad-time": {
    exit: 2,
    title: "a time of a source or a feature cannot be read or compared",
    explanation:
      "`event_time`, `known_at` and `known_after` are columns or expressions of the row, and are held against the feature's `event_time`: dates and timestamps with each other, numbers with each other. The parent that an `event_time: { from, on }` names has one row for each value of `on`.",
  },
  "check/nothing-to-prove": {
    exit: 5,
    title: "no feature is selected",
    explanation:
      "`galley check leakage` proves models whose config says `known: before`, with an `event_time` and a `unique_key`. None of the selected ones does.",
  },
  "check/no-past": {
    exit: 2,
    title: "a feature has no past to be rebuilt",
    explanation:
      "The feature has no rows, or its seeds are not loaded. Build the project first, on a target that has rows.",
  },
  "check/no-source": {
    exit: 2,
    title: "a source that is to be photographed is not there",
    explanation:
      "`galley check source-history` looks at declared sources as they stand on the target. Load it, or select others.",
  },
  "check/nothing-to-photograph": {
    exit: 5,
    title: "no source is selected that says when anything of it is known",
    explanation:
      "`galley check source-history` holds sources to what they declare: an `event_time` with `known_at` and `known_after`, or `constant: true`. None of the selected nodes is such a source.",
  },
} as const satisfies Record<string, CodeEntry>;
