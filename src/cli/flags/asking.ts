/** Flags of what is asked for, and of how the answer is written. */
import { flagOf } from "./flag.ts";

export const against = flagOf({
  name: "against",
  env: "GALLEY_AGAINST",
  kind: "text",
  choices: ["live", "workspace"],
  describe: "What to test: live (the default), or the workspace that a failed run left",
});
export const changedSince = flagOf({
  name: "changed-since",
  env: "GALLEY_CHANGED_SINCE",
  kind: "text",
  placeholder: "revision",
  describe: "Only tests of files that differ from this commit, branch or tag",
});
export const noTrustConstraints = flagOf({
  name: "no-trust-constraints",
  env: "GALLEY_NO_TRUST_CONSTRAINTS",
  kind: "switch",
  describe: "Read rows also where a constraint guarantees the test",
});
export const generatedRows = flagOf({
  name: "rows",
  env: "GALLEY_ROWS",
  kind: "number",
  placeholder: "rows",
  describe: "With generate: how many rows of the model the unit test begins from (5)",
});
export const limit = flagOf({
  name: "limit",
  env: "GALLEY_LIMIT",
  kind: "number",
  placeholder: "rows",
  describe: "How many rows to show (5)",
});
export const failureLimit = flagOf({
  name: "limit",
  env: "GALLEY_LIMIT",
  kind: "number",
  placeholder: "rows",
  describe: "How many rows of each test to show (10), or runs with --test (20)",
});
export const runId = flagOf({
  name: "run",
  env: "GALLEY_RUN",
  kind: "text",
  placeholder: "id",
  describe: "The run in place of the last one; the beginning of its id is enough",
});
export const since = flagOf({
  name: "since",
  env: "GALLEY_SINCE",
  kind: "text",
  placeholder: "time",
  describe: "Hold it against the last run of then: yesterday, 7d, 12h, a date, a time, or the id of a run",
});
export const testName = flagOf({
  name: "test",
  env: "GALLEY_TEST",
  kind: "text",
  placeholder: "name",
  describe: "The history of one test: its runs, with status and counts",
});
export const inline = flagOf({
  name: "inline",
  env: "GALLEY_INLINE",
  kind: "text",
  placeholder: "sql",
  describe: "A query in place of a model; templates work in it",
});
export const rowsOutput = flagOf({
  name: "output",
  env: "GALLEY_OUTPUT",
  kind: "text",
  choices: ["table", "json", "csv"],
  describe: "How rows are written (table)",
});
export const listOutput = flagOf({
  name: "output",
  env: "GALLEY_OUTPUT",
  kind: "text",
  choices: ["selector", "name", "path", "json"],
  describe: "How nodes are written (selector: what --select takes)",
});
export const resourceType = flagOf({
  name: "resource-type",
  env: "GALLEY_RESOURCE_TYPE",
  kind: "words",
  placeholder: "kind",
  describe: "Only nodes of this kind: model, seed, snapshot, source, test, unit_test",
});
export const coverageOutput = flagOf({
  name: "output",
  env: "GALLEY_OUTPUT",
  kind: "text",
  choices: ["table", "json", "markdown"],
  describe: "How coverage is written (table)",
});
export const failUnder = flagOf({
  name: "fail-under",
  env: "GALLEY_FAIL_UNDER",
  kind: "text",
  placeholder: "percent",
  describe: "Exit 1 below it: 80 for all, or tests=80,descriptions=50,keys=100,relationships=90",
});
export const live = flagOf({
  name: "live",
  env: "GALLEY_LIVE",
  kind: "switch",
  describe: "Ask the database too, for columns and constraints that no file declares",
});
