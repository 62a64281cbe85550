/** What can be wrong in `compile`: each code once, with the exit code it asks for and what a user can do about it. */
import type { CodeEntry } from "./entry.ts";

export const compileCodes = {
  "compile/unqualified-name": {
    exit: 2,
    title: "a relation is named without ref, source or schema",
    explanation:
      'Model SQL runs with a search_path of pg_catalog, so a bare name finds nothing. Write `{{ref "model"}}` or `{{source "raw" "matches"}}`: only these make edges, and only these mean the workspace during a build.',
  },
  "compile/hard-coded-name": {
    exit: 2,
    title: "a relation is named by schema and name",
    explanation:
      "It is read as it stands on live, whatever the run builds, and makes no edge: the order of the build, selection and publish do not know of it. Declare it as a source, or use `ref`.",
  },
  "compile/clock": {
    exit: 2,
    title: "a query reads the clock",
    explanation:
      "`now()` and its like differ from one statement of a run to the next, and cannot be built again with the same result. `{{run_started_at}}` is the run's time, the same in all of it.",
  },
  "compile/no-relation": {
    exit: 2,
    title: "{{this}} where there is no relation",
    explanation:
      "A singular test stands on all that it refers to, and an ephemeral model is never made: name the relation with `ref` or `source`.",
  },
} as const satisfies Record<string, CodeEntry>;
