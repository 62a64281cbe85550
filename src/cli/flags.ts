/** Every flag, once: its name, its environment variable, what it takes, what it does. docs/cli.md is checked against it. */

export type Flag = {
  readonly name: string;
  readonly alias: string | undefined;
  readonly env: string;
  /** `limit`: a number of seconds, or none: then as long as it takes. `words` takes several at once, `list` one each time that it is said. */
  readonly kind: "switch" | "text" | "number" | "limit" | "words" | "list";
  /** For a text that must be one of these. */
  readonly choices: readonly string[] | undefined;
  /** The word for its value in the help. */
  readonly placeholder: string | undefined;
  readonly describe: string;
};

type FlagValues = {
  readonly switch: boolean;
  readonly text: string | undefined;
  readonly number: number | undefined;
  readonly limit: number | undefined;
  readonly words: readonly string[];
  readonly list: readonly string[];
};

export type FlagValue<F extends Flag> = F extends { readonly choices: readonly (infer C)[] }
  ? C | undefined
  : FlagValues[F["kind"]];

export type ReadFlag = <F extends Flag>(flag: F) => FlagValue<F>;

type Defaults = { readonly alias: undefined; readonly choices: undefined; readonly placeholder: undefined };
type Completed<F> = Omit<Defaults, keyof F> & F;

const flagOf = <const F extends Partial<Flag> & Pick<Flag, "name" | "env" | "kind" | "describe">>(
  flag: F,
): Completed<F> => ({ alias: undefined, choices: undefined, placeholder: undefined, ...flag });

export const projectDir = flagOf({
  name: "project-dir",
  env: "GALLEY_PROJECT_DIR",
  kind: "text",
  placeholder: "folder",
  describe: "The project's folder; without it project.yml is searched here and upward",
});
export const quiet = flagOf({
  name: "quiet",
  alias: "q",
  env: "GALLEY_QUIET",
  kind: "switch",
  describe: "Say only what was asked for, and what is wrong",
});
export const debug = flagOf({
  name: "debug",
  env: "GALLEY_DEBUG",
  kind: "switch",
  describe: "Show each statement sent to the database, with its time",
});
export const logFormat = flagOf({
  name: "log-format",
  env: "GALLEY_LOG_FORMAT",
  kind: "text",
  choices: ["text", "json"],
  describe: "text for people, json for one event a line on standard output",
});
export const noColor = flagOf({
  name: "no-color",
  env: "GALLEY_NO_COLOR",
  kind: "switch",
  describe: "No colours; NO_COLOR is respected too",
});

export const target = flagOf({
  name: "target",
  alias: "t",
  env: "GALLEY_TARGET",
  kind: "text",
  placeholder: "name",
  describe: "The target of project.yml to connect to",
});
export const vars = flagOf({
  name: "vars",
  env: "GALLEY_VARS",
  kind: "text",
  placeholder: "yaml",
  describe: "Values for declared vars, as a YAML mapping: '{rolling_games: 10}'",
});
export const warnError = flagOf({
  name: "warn-error",
  env: "GALLEY_WARN_ERROR",
  kind: "switch",
  describe: "Count warnings as errors (exit 1)",
});

export const select = flagOf({
  name: "select",
  alias: "s",
  env: "GALLEY_SELECT",
  kind: "words",
  placeholder: "expression",
  describe: "Nodes to take: names, folders, +a a+ @a, tag:x path:x source:x config.k:v; a space is or, a comma is and",
});
export const exclude = flagOf({
  name: "exclude",
  env: "GALLEY_EXCLUDE",
  kind: "words",
  placeholder: "expression",
  describe: "Nodes to leave out, written like --select",
});
export const indirectSelection = flagOf({
  name: "indirect-selection",
  env: "GALLEY_INDIRECT_SELECTION",
  kind: "text",
  choices: ["eager", "cautious", "buildable"],
  describe:
    "Which tests come along: all that touch a chosen node (eager, the default), or only those that can be judged",
});

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
export const orphans = flagOf({
  name: "orphans",
  env: "GALLEY_ORPHANS",
  kind: "switch",
  describe: "Drop relations that Galley made and whose model is gone",
});
export const cutoffs = flagOf({
  name: "cutoffs",
  env: "GALLEY_CUTOFFS",
  kind: "number",
  placeholder: "count",
  describe: "leakage: how many instants of the past are rebuilt (8)",
});
export const cutoffAt = flagOf({
  name: "at",
  env: "GALLEY_AT",
  kind: "words",
  placeholder: "instant",
  describe: "leakage: these instants alone, as a report prints them: 2009-02-03, '2009-02-03 #4'",
});
export const seed = flagOf({
  name: "seed",
  env: "GALLEY_SEED",
  kind: "number",
  placeholder: "number",
  describe: "leakage: the seed of what is drawn; a report prints it",
});
export const sample = flagOf({
  name: "sample",
  env: "GALLEY_SAMPLE",
  kind: "number",
  placeholder: "share",
  describe: "leakage: compare this share of the keys, between 0 and 1; never less of the sources",
});
export const strict = flagOf({
  name: "strict",
  env: "GALLEY_STRICT",
  kind: "switch",
  describe: "leakage: what is not proved is an error",
});
export const name = flagOf({
  name: "name",
  env: "GALLEY_NAME",
  kind: "text",
  placeholder: "name",
  describe: "The project's name; made from the folder's without it",
});

export const features = flagOf({
  name: "features",
  env: "GALLEY_FEATURES",
  kind: "words",
  placeholder: "feature",
  describe: "Features: model.column, a model for all of its own, or name=model.column; several with commas or spaces",
});
export const entities = flagOf({
  name: "entities",
  env: "GALLEY_ENTITIES",
  kind: "text",
  placeholder: "file.csv|sql",
  describe: "A training set: for each row of a CSV file (- for standard input) or of a query, as of the row's time",
});
export const entity = flagOf({
  name: "entity",
  env: "GALLEY_ENTITY",
  kind: "words",
  placeholder: "key=value",
  describe: "One entity's features: the columns of its key",
});
export const at = flagOf({
  name: "at",
  env: "GALLEY_AT",
  kind: "text",
  placeholder: "time",
  describe: "With --entity: as of this time (now); a comma before the order within the day: 2024-01-31,2",
});
export const time = flagOf({
  name: "time",
  env: "GALLEY_TIME",
  kind: "text",
  placeholder: "columns",
  describe: "With --entities: its time columns; without it event_time, or those that the models have",
});
export const maxAge = flagOf({
  name: "max-age",
  env: "GALLEY_MAX_AGE",
  kind: "text",
  placeholder: "interval",
  describe: 'Rows that are older count for nothing: "30 days"',
});
export const out = flagOf({
  name: "out",
  env: "GALLEY_OUT",
  kind: "text",
  placeholder: "file",
  describe: "Where the training set goes: .csv or .parquet, or - for CSV on standard output",
});

export const all = flagOf({
  name: "all",
  env: "GALLEY_ALL",
  kind: "switch",
  describe: "stop: every embedded server of this machine, not this project's alone",
});
export const force = flagOf({
  name: "force",
  env: "GALLEY_FORCE",
  kind: "switch",
  describe: "stop, reset: end the sessions of others too",
});
export const yes = flagOf({
  name: "yes",
  alias: "y",
  env: "GALLEY_YES",
  kind: "switch",
  describe: "reset: do not ask",
});

export const EVERYWHERE = [projectDir, quiet, debug, logFormat, noColor] as const;
export const PROJECT = [target, vars, warnError] as const;
export const SELECTION = [select, exclude, indirectSelection] as const;
export const EVENT_TIME = [eventTimeStart, eventTimeEnd] as const;
export const RUNNING = [threads, failFast, noRows] as const;
export const LEAKAGE = [cutoffs, cutoffAt, seed, sample, strict] as const;
/** Of verbs that publish. */
export const PUBLISHING = [allowRejects, strictReaders, wait, adopt, freshness] as const;
