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
} as const satisfies Record<string, CodeEntry>;
