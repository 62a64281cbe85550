/**
 * The other door: a folder, its environment and options in; exit code, events and the answer as data out. It prints
 * nothing, ends nothing and hears no signal: that is its caller's. What Galley gets wrong itself rejects the promise.
 */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { Readable } from "node:stream";
import type {
  Check,
  CheckedModel,
  CompiledText,
  ForetoldPlan,
  GeneratedTest,
  HistoryReport,
  LeakageReport,
  ListedNode,
  MigrationState,
  NewProject,
  Removal,
  ShownRows,
} from "./commands/answers.ts";
import { build as buildCommand } from "./commands/build.ts";
import { checkIncremental as checkIncrementalCommand } from "./commands/check-incremental.ts";
import { checkLeakage as checkLeakageCommand } from "./commands/check-leakage.ts";
import { checkSourceHistory as checkSourceHistoryCommand } from "./commands/check-source-history.ts";
import { clean as cleanCommand } from "./commands/clean.ts";
import { compile as compileCommand } from "./commands/compile.ts";
import type { Command, CommandContext } from "./commands/context.ts";
import { coverage as coverageCommand } from "./commands/coverage.ts";
import * as server from "./commands/db.ts";
import { debug as debugCommand } from "./commands/debug.ts";
import { AS_SCHEDULED } from "./commands/event-time.ts";
import { failures as failuresCommand } from "./commands/failures.ts";
import { type FeatureServer, type FeatureValue, openFeatureServer } from "./commands/feature-server.ts";
import { freshness as freshnessCommand } from "./commands/freshness.ts";
import { generateUnitTest as generateUnitTestCommand } from "./commands/generate-unit-test.ts";
import { ingest as ingestCommand } from "./commands/ingest.ts";
import { init as initCommand } from "./commands/init.ts";
import type {
  CheckInput,
  CleanInput,
  CompileInput,
  CoverageInput,
  FailuresInput,
  FeatureInput,
  FreshnessInput,
  GenerateInput,
  HistoryInput,
  IngestInput,
  InitInput,
  LeakageInput,
  ListInput,
  MigrateInput,
  PlanInput,
  ProjectInput,
  RefreshInput,
  RetryInput,
  RunInput,
  SeedInput,
  SelectInput,
  ShowInput,
  TestInput,
  TrainingInput,
} from "./commands/inputs.ts";
import { list } from "./commands/ls.ts";
import { migrate as migrateCommand } from "./commands/migrate.ts";
import { refusedWith } from "./commands/open-project.ts";
import { plan as planCommand } from "./commands/plan.ts";
import { refresh as refreshCommand } from "./commands/refresh.ts";
import { type ReportKind, reportFileText } from "./commands/report-text.ts";
import { retry as retryCommand } from "./commands/retry.ts";
import { run as runCommand } from "./commands/run.ts";
import { seed as seedCommand } from "./commands/seed.ts";
import { show as showCommand } from "./commands/show.ts";
import { snapshot as snapshotCommand } from "./commands/snapshot.ts";
import { test as testCommand } from "./commands/test.ts";
import { trainingSet as trainingSetCommand, type WrittenSet } from "./commands/training-set.ts";
import type { StampedEvent } from "./domain/contracts/reporter.ts";
import type { Coverage } from "./domain/coverage.ts";
import type { Diagnostic, Outcome } from "./domain/diagnostic.ts";
import type { RunEvent } from "./domain/event.ts";
import type { ExitCode } from "./domain/exit-code.ts";
import type { FoundFailures } from "./domain/found-failures.ts";
import { foldEvents, type RunResult } from "./domain/result.ts";
import { PACKAGE_ROOT } from "./lib/package-root.ts";
import { findProject } from "./stages/load/find-project.ts";

export { nodeId } from "./domain/names.ts";
export { showDiagnostic } from "./domain/show-diagnostic.ts";
export type {
  Check,
  CheckedModel,
  CompiledText,
  Coverage,
  Diagnostic,
  ExitCode,
  FeatureValue,
  ForetoldPlan as Plan,
  FoundFailures,
  GeneratedTest,
  HistoryReport,
  LeakageReport,
  ListedNode,
  MigrationState,
  NewProject,
  Removal,
  ReportKind,
  RunEvent,
  RunResult,
  ShownRows,
  WrittenSet,
};

/** Where a verb is to work. */
export type Place = {
  /** Of the project, or below it; relative to the working folder. */
  readonly folder: string;
  /** What `${NAME}` and env_var read, before the project's `.env`. Nothing else is read from it: no `GALLEY_*`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Stops the run in order, as Ctrl-C does. */
  readonly signal?: AbortSignal | undefined;
  /** Told of each event as it happens. */
  readonly onEvent?: ((event: RunEvent) => void) | undefined;
};

export type Answer<T> = {
  readonly runId: string;
  /** As of the command line; 3 for a run that `signal` stopped. */
  readonly exitCode: ExitCode;
  readonly events: readonly RunEvent[];
  /** When each of them happened, in the same order. */
  readonly eventTimes: readonly Date[];
  /** All of the events' own, in order: `showDiagnostic` makes text of one. */
  readonly diagnostics: readonly Diagnostic[];
  /** What was asked for; undefined when it could not be had: `diagnostics` says why. */
  readonly value: T | undefined;
};

/** A flag that is left out means what it means on the command line. */
type Options<Input, Required extends keyof Input = never> = Pick<Input, Required> & {
  readonly [Key in Exclude<keyof Input, Required | "vars">]?: Input[Key] | undefined;
} & ("vars" extends keyof Input ? { readonly vars?: Readonly<Record<string, unknown>> | undefined } : unknown);

type Loaded = Extract<RunEvent, { kind: "raw_loaded" }>;

const { version } = JSON.parse(readFileSync(new URL("package.json", PACKAGE_ROOT), "utf8")) as {
  readonly version: string;
};

const ofProject: ProjectInput = { target: undefined, vars: undefined, isWarnError: false, isDebug: false };
const ofSelect: SelectInput = { select: [], exclude: [], indirectSelection: "eager" };
const ofRaw = { ...ofProject, isSharedRaw: false, allowsRejects: false };
const ofRun: RunInput = {
  ...ofProject,
  ...ofSelect,
  threads: undefined,
  isFailFast: false,
  rows: "as configured",
  isFullRefresh: false,
  eventTime: AS_SCHEDULED,
  allowsRejects: false,
  readers: "warn",
  foreign: "refused",
  freshness: "configured",
  lockWaitMs: 0,
};

type Verb<Input, T> = (place: Place, options?: Options<Input>) => Promise<Answer<T>>;

export const build: Verb<RunInput, RunResult> = (place, options) =>
  running(place, buildCommand, filled(ofRun, options));

export const run: Verb<RunInput, RunResult> = (place, options) => running(place, runCommand, filled(ofRun, options));

/** Goes on from the last run, if that was not published. */
export const retry: Verb<RetryInput, RunResult> = (place, options) =>
  running(place, retryCommand, filled<RetryInput>({ ...ofRun, keeps: "unchanged" }, options));

export const test: Verb<TestInput, RunResult> = (place, options) =>
  running(
    place,
    testCommand,
    filled<TestInput>({ ...ofRun, against: "live", changedSince: undefined, constraints: "trusted" }, options),
  );

/** A unit test of `options.model` from rows of the database, in a file beside it. */
export const generateUnitTest = (
  place: Place,
  options: Options<GenerateInput, "model">,
): Promise<Answer<GeneratedTest>> =>
  asked(
    place,
    generateUnitTestCommand,
    filled<GenerateInput>({ ...ofProject, model: options.model, rows: 5 }, options),
  );

/** The failing rows of a run held against those of an earlier one, or the history of a test. */
export const failures: Verb<FailuresInput, FoundFailures> = (place, options) =>
  asked(
    place,
    failuresCommand,
    filled<FailuresInput>(
      { ...ofProject, ...ofSelect, run: undefined, since: undefined, test: undefined, limit: undefined },
      options,
    ),
  );

export const freshness: Verb<FreshnessInput, RunResult> = (place, options) =>
  running(place, freshnessCommand, filled<FreshnessInput>({ ...ofProject, ...ofSelect, threads: undefined }, options));

export const refresh: Verb<RefreshInput, RunResult> = (place, options) =>
  running(place, refreshCommand, filled<RefreshInput>({ ...ofProject, ...ofSelect, threads: undefined }, options));

export const seed: Verb<SeedInput, RunResult> = (place, options) =>
  running(place, seedCommand, filled<SeedInput>({ ...ofRun, ...ofRaw }, options));

export const snapshot: Verb<RunInput, RunResult> = (place, options) =>
  running(place, snapshotCommand, filled(ofRun, options));

export const plan: Verb<PlanInput, ForetoldPlan> = (place, options) =>
  asked(place, planCommand, filled<PlanInput>(ofRun, options));

export const migrate: Verb<MigrateInput, readonly MigrationState[]> = (place, options) =>
  asked(place, migrateCommand, filled<MigrateInput>({ ...ofRaw, isDryRun: false }, options));

export const compile: Verb<CompileInput, readonly CompiledText[]> = (place, options) =>
  asked(place, compileCommand, filled<CompileInput>({ ...ofProject, ...ofSelect, inline: undefined }, options));

export const coverage: Verb<CoverageInput, Coverage> = (place, options) =>
  asked(
    place,
    coverageCommand,
    filled<CoverageInput>({ ...ofProject, ...ofSelect, resourceTypes: [], asks: "files", least: undefined }, options),
  );

export const ls: Verb<ListInput, readonly ListedNode[]> = (place, options) =>
  asked(place, list, filled<ListInput>({ ...ofProject, ...ofSelect, resourceTypes: [] }, options));

export const debug: Verb<ProjectInput, readonly Check[]> = (place, options) =>
  asked(place, debugCommand, filled(ofProject, options));

export const checkIncremental: Verb<CheckInput, readonly CheckedModel[]> = (place, options) =>
  asked(place, checkIncrementalCommand, filled<CheckInput>({ ...ofProject, ...ofSelect }, options));

export const checkLeakage: Verb<LeakageInput, LeakageReport> = (place, options) =>
  asked(
    place,
    checkLeakageCommand,
    filled<LeakageInput>(
      {
        ...ofProject,
        ...ofSelect,
        threads: undefined,
        cutoffs: 8,
        at: [],
        seed: undefined,
        sample: undefined,
        isStrict: false,
      },
      options,
    ),
  );

/** `keep: 0` compares, and takes no photograph. */
export const checkSourceHistory: Verb<HistoryInput, HistoryReport> = (place, options) =>
  asked(
    place,
    checkSourceHistoryCommand,
    filled<HistoryInput>({ ...ofProject, ...ofSelect, keep: 30, sample: undefined, isStrict: false }, options),
  );

export const clean: Verb<CleanInput, readonly Removal[]> = (place, options) =>
  asked(place, cleanCommand, filled<CleanInput>({ ...ofProject, dropsOrphans: false, isDryRun: false }, options));

export const show = (place: Place, options: Options<ShowInput, "asked">): Promise<Answer<ShownRows>> =>
  asked(place, showCommand, filled<ShowInput>({ ...ofProject, asked: options.asked, limit: 5 }, options));

/** A training set: a file of rows of `entities` with their features as of each row's time. */
export const trainingSet = (
  place: Place,
  options: Options<TrainingInput, "features" | "entities" | "out">,
): Promise<Answer<WrittenSet>> => {
  const { features, entities, out } = options;
  const defaults: TrainingInput = { ...ofProject, features, entities, out, times: [], maxAge: undefined };
  return asked(place, trainingSetCommand, filled(defaults, options));
};

/** Features of one entity after another, over one connection that is open until it is closed. */
export type Features = {
  /** `at`: now, unless said; a time, or a time and the order within it. What is wrong comes back as diagnostics. */
  readonly get: (
    entity: Readonly<Record<string, string | number | bigint>>,
    at?: Moment | readonly [Moment, ...(string | number)[]],
  ) => Promise<Outcome<Readonly<Record<string, FeatureValue>>>>;
  readonly close: () => Promise<void>;
};

type Moment = Date | string;

export const openFeatures = async (
  place: Place,
  options: Options<FeatureInput, "features">,
): Promise<Answer<Features>> => {
  const defaults: FeatureInput = { ...ofProject, features: options.features, maxAge: undefined };
  const answer = await asked(place, openFeatureServer, filled(defaults, options));
  return { ...answer, value: answer.value && featuresOf(answer.value) };
};

const featuresOf = ({ get, close }: FeatureServer): Features => ({
  get: (entity, at = new Date()) => {
    const key = Object.fromEntries(Object.entries(entity).map(([name, value]) => [name, String(value)]));
    const parts = Array.isArray(at) ? at : [at];
    return get({ entity: key, at: parts.map((part) => (part instanceof Date ? part.toISOString() : String(part))) });
  },
  close,
});

/** `file` is a path, relative to the project, or the bytes themselves. */
export const ingest = async (
  place: Place,
  options: Options<Omit<IngestInput, "file">, "mapping"> & { readonly file: string | Readable },
): Promise<Answer<Loaded>> => {
  const { file, ...flags } = options;
  const isStream = typeof file !== "string";
  const defaults: IngestInput = { ...ofRaw, mapping: options.mapping, file: isStream ? "-" : file };
  const answer = await asked(place, ingestCommand, filled(defaults, flags), isStream ? file : undefined);
  return { ...answer, value: answer.events.find((event) => event.kind === "raw_loaded") };
};

/** A new project in `place.folder`. */
export const init = (place: Place, options?: Options<Omit<InitInput, "folder">>): Promise<Answer<NewProject>> =>
  asked(place, initCommand, filled<InitInput>({ folder: ".", name: undefined }, options));

export const dbStart = (place: Place): Promise<Answer<server.DbStarted>> => onServer(place, server.dbStart);

/** Refuses while others use it. */
export const dbStop = (place: Place): Promise<Answer<server.Stopped>> =>
  onServer(place, (input) => server.dbStop({ ...input, others: "keep" }));

/** Secret: it has the password in it. */
export const dbUrl = (place: Place): Promise<Answer<string>> => onServer(place, server.dbUrl);

const asked = async <Input, T>(
  place: Place,
  command: Command<Input, T>,
  input: Input,
  stdin: Readable = Readable.from([]),
): Promise<Answer<T>> => {
  const events: RunEvent[] = [];
  const eventTimes: Date[] = [];
  const context: CommandContext = {
    projectDir: resolve(place.folder),
    env: place.env,
    signal: place.signal ?? new AbortController().signal,
    emit: (event) => {
      events.push(event);
      eventTimes.push(new Date());
      place.onEvent?.(event);
    },
    now: () => new Date(),
    runId: randomUUID(),
    version,
    stdin,
    confirm: async () => false,
  };
  const { exitCode, value } = await command(context, input);
  return { runId: context.runId, exitCode, events, eventTimes, diagnostics: events.flatMap(diagnosticsOf), value };
};

/** The text of a report, as `--report kind=path` writes it. `pathPrefix` goes before the names of files: `analytics/`. */
export const reportText = (answer: Answer<unknown>, kind: ReportKind, pathPrefix = ""): string => {
  const { events: told, eventTimes, runId, exitCode } = answer;
  const events = told.map((event, i): StampedEvent => ({ event, runId, at: eventTimes[i] ?? new Date(0) }));
  return reportFileText(kind, events, exitCode, { pathPrefix, version });
};

/** A verb that runs nodes answers with its outcomes, once there was a run at all. */
const running = async <Input>(place: Place, command: Command<Input>, input: Input): Promise<Answer<RunResult>> => {
  const answer = await asked(place, command, input);
  const isRun = answer.events.some(({ kind }) => kind === "run_finished");
  return { ...answer, value: isRun ? foldEvents(answer.events) : undefined };
};

const onServer = <T>(place: Place, act: (input: server.DbInput) => Promise<Outcome<T>>): Promise<Answer<T>> =>
  asked<undefined, T>(
    place,
    async (context) => {
      const root = findProject(context.projectDir);
      const report = (message: string): void => context.emit({ kind: "note", message });
      const outcome = root.ok ? await act({ projectRoot: root.value, report }) : root;
      if (outcome.ok) return { exitCode: 0, value: outcome.value };
      return { exitCode: refusedWith(context, outcome.diagnostics), value: undefined };
    },
    undefined,
  );

const diagnosticsOf = (event: RunEvent): readonly Diagnostic[] =>
  "diagnostic" in event && event.diagnostic !== undefined ? [event.diagnostic] : [];

/** A key that is there but undefined counts as left out. Vars are written as JSON, which is YAML. */
const filled = <Input extends object>(defaults: Input, options: object | undefined): Input => {
  const { vars, ...rest } = (options ?? {}) as { readonly vars?: unknown };
  const said = Object.entries(rest).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(said), ...(vars === undefined ? {} : { vars: JSON.stringify(vars) }) };
};
