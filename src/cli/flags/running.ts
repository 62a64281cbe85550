/** Flags of what runs, writes and publishes. */
import { flagOf } from "./flag.ts";

export const threads = flagOf({
  name: "threads",
  env: "GALLEY_THREADS",
  kind: "number",
  placeholder: "count",
  describe: "How many nodes are built at once, each on a connection of its own",
});
export const failFast = flagOf({
  name: "fail-fast",
  alias: "x",
  env: "GALLEY_FAIL_FAST",
  kind: "switch",
  describe: "Stop at the first failure",
});
export const noRows = flagOf({
  name: "no-rows",
  env: "GALLEY_NO_ROWS",
  kind: "switch",
  describe: "Show and store no failing rows of tests: counts and queries alone",
});
export const report = flagOf({
  name: "report",
  env: "GALLEY_REPORT",
  kind: "list",
  placeholder: "kind=path",
  describe:
    "Also write a report, several times for several: junit, markdown, gitlab, run-results or json =path; github",
});
export const fullRefresh = flagOf({
  name: "full-refresh",
  alias: "f",
  env: "GALLEY_FULL_REFRESH",
  kind: "switch",
  describe: "Build incremental models whole instead of by their new rows",
});
export const eventTimeStart = flagOf({
  name: "event-time-start",
  env: "GALLEY_EVENT_TIME_START",
  kind: "text",
  placeholder: "time",
  describe: "Build microbatch models from this time on (UTC), with --event-time-end",
});
export const eventTimeEnd = flagOf({
  name: "event-time-end",
  env: "GALLEY_EVENT_TIME_END",
  kind: "text",
  placeholder: "time",
  describe: "Build microbatch models up to this time, with --event-time-start",
});
export const allowRejects = flagOf({
  name: "allow-rejects",
  env: "GALLEY_ALLOW_REJECTS",
  kind: "switch",
  describe: "Rejected rows go to quarantine without failing the command",
});
export const strictReaders = flagOf({
  name: "strict-readers",
  env: "GALLEY_STRICT_READERS",
  kind: "switch",
  describe: "Publish nothing while a transaction is open that would read replaced tables as empty (exit 6)",
});
export const adopt = flagOf({
  name: "adopt",
  env: "GALLEY_ADOPT",
  kind: "switch",
  describe: "Replace relations under a model's name that Galley did not make, with what hangs on them carried over",
});
export const freshness = flagOf({
  name: "freshness",
  env: "GALLEY_FRESHNESS",
  kind: "text",
  choices: ["check", "ignore"],
  describe: "Sources that are read: check holds the build up for every one that is too old, ignore for none",
});
export const fresh = flagOf({
  name: "fresh",
  env: "GALLEY_FRESH",
  kind: "switch",
  describe: "Keep nothing of what the earlier run built",
});
export const wait = flagOf({
  name: "wait",
  env: "GALLEY_WAIT",
  kind: "limit",
  placeholder: "seconds",
  describe: "Wait until schemas that another run holds are free, at most so many seconds; without it exit 6 at once",
});
export const sharedRaw = flagOf({
  name: "shared-raw",
  env: "GALLEY_SHARED_RAW",
  kind: "switch",
  describe: "Write the raw tables that others share although the target has a schema_prefix",
});
export const dryRun = flagOf({
  name: "dry-run",
  env: "GALLEY_DRY_RUN",
  kind: "switch",
  describe: "Print what would be done, and do nothing",
});

export const EVENT_TIME = [eventTimeStart, eventTimeEnd] as const;
export const RUNNING = [threads, failFast, noRows] as const;
/** Of verbs that publish. */
export const PUBLISHING = [allowRejects, strictReaders, wait, adopt, freshness] as const;
