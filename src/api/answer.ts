/** A verb asked by a program: its place and options in; exit code, events and the answer as data out. */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { Readable } from "node:stream";
import type { Command, CommandContext } from "../commands/context.ts";
import { type ReportKind, reportFileText } from "../commands/report-text.ts";
import type { StampedEvent } from "../domain/contracts/reporter.ts";
import type { Diagnostic } from "../domain/diagnostic.ts";
import type { RunEvent } from "../domain/event.ts";
import type { ExitCode } from "../domain/exit-code.ts";
import { foldEvents, type RunResult } from "../domain/result.ts";
import { PACKAGE_ROOT } from "../lib/package-root.ts";

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
export type Options<Input, Required extends keyof Input = never> = Pick<Input, Required> & {
  readonly [Key in Exclude<keyof Input, Required | "vars">]?: Input[Key] | undefined;
} & ("vars" extends keyof Input ? { readonly vars?: Readonly<Record<string, unknown>> | undefined } : unknown);

const { version } = JSON.parse(readFileSync(new URL("package.json", PACKAGE_ROOT), "utf8")) as {
  readonly version: string;
};

export type Verb<Input, T> = (place: Place, options?: Options<Input>) => Promise<Answer<T>>;

export const asked = async <Input, T>(
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
export const running = async <Input>(
  place: Place,
  command: Command<Input>,
  input: Input,
): Promise<Answer<RunResult>> => {
  const answer = await asked(place, command, input);
  const isRun = answer.events.some(({ kind }) => kind === "run_finished");
  return { ...answer, value: isRun ? foldEvents(answer.events) : undefined };
};

const diagnosticsOf = (event: RunEvent): readonly Diagnostic[] =>
  "diagnostic" in event && event.diagnostic !== undefined ? [event.diagnostic] : [];

/** A key that is there but undefined counts as left out. Vars are written as JSON, which is YAML. */
export const filled = <Input extends object>(defaults: Input, options: object | undefined): Input => {
  const { vars, ...rest } = (options ?? {}) as { readonly vars?: unknown };
  const said = Object.entries(rest).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(said), ...(vars === undefined ? {} : { vars: JSON.stringify(vars) }) };
};
