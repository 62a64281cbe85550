/** Verbs that run nodes, or bring rows in. */
import type { Readable } from "node:stream";
import type { ForetoldPlan, MigrationState } from "../commands/answers.ts";
import { build as buildCommand } from "../commands/build.ts";
import { freshness as freshnessCommand } from "../commands/freshness.ts";
import { ingest as ingestCommand } from "../commands/ingest.ts";
import type {
  FreshnessInput,
  IngestInput,
  MigrateInput,
  PlanInput,
  RefreshInput,
  RetryInput,
  RunInput,
  SeedInput,
  TestInput,
} from "../commands/inputs.ts";
import { migrate as migrateCommand } from "../commands/migrate.ts";
import { plan as planCommand } from "../commands/plan.ts";
import { refresh as refreshCommand } from "../commands/refresh.ts";
import { retry as retryCommand } from "../commands/retry.ts";
import { run as runCommand } from "../commands/run.ts";
import { seed as seedCommand } from "../commands/seed.ts";
import { snapshot as snapshotCommand } from "../commands/snapshot.ts";
import { test as testCommand } from "../commands/test.ts";
import type { RunEvent } from "../domain/event.ts";
import type { RunResult } from "../domain/result.ts";
import { type Answer, asked, filled, type Options, type Place, running, type Verb } from "./answer.ts";
import { ofProject, ofRaw, ofRun, ofSelect } from "./defaults.ts";

type Loaded = Extract<RunEvent, { kind: "raw_loaded" }>;

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
