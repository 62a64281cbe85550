/** Chooses who hears of the run: by the flags, by what the output goes to, and by the CI that it runs in. */
import { join } from "node:path";
import type { Output, Reporter } from "../domain/contracts/reporter.ts";
import { type Outcome, ok } from "../domain/diagnostic.ts";
import { withoutCommands } from "../plugins/reporters/github.ts";
import { eventsFile, REPORTERS, type ReporterName } from "../plugins/reporters/index.ts";
import { type Delivery, reports } from "../plugins/reporters/reports.ts";
import { findProject } from "../stages/load/find-project.ts";
import { logFormat, quiet, type ReadFlag, report } from "./flags.ts";
import type { ProcessOutput } from "./output.ts";
import { reportTargets } from "./report-wishes.ts";
import { pathInRepository } from "./repository.ts";
import type { Verb } from "./verb.ts";

export type ReporterWish = {
  readonly verb: Verb;
  readonly read: ReadFlag;
  readonly out: ProcessOutput;
  readonly err: ProcessOutput;
  readonly startDir: string;
  readonly workingDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly runId: string;
  /** A report that was asked for could not be delivered. */
  readonly onLost: () => void;
};

/** Who draws the run, and is there whatever else is wrong. */
export const displayFor = (wish: ReporterWish): Reporter => {
  const { out, err, env } = wish;
  const name = nameFor(wish);
  // What is for programs stays byte for byte as it is.
  return REPORTERS[name](name === "json-lines" ? { out, err } : forPeople({ out, err }, env), ticking);
};

/** Values of rows stand in what people read, and GitHub's runner reads it too. */
export const forPeople = (streams: Streams, env: ReporterWish["env"]): Streams =>
  isOnGithub(env) ? { out: withoutCommands(streams.out), err: withoutCommands(streams.err) } : streams;

type Streams = { readonly out: Output; readonly err: Output };

/** Who writes it down. */
export const recordersFor = (wish: ReporterWish): Outcome<readonly Reporter[]> => {
  const { err, startDir, env, version, runId, onLost } = wish;
  const root = findProject(startDir);
  const asked = deliveriesFor(wish);
  if (!asked.ok) return asked;
  const complain = (what: string, error: Error): void => err.write(`${what} cannot be written: ${error.message}\n`);
  const artifact = root.ok ? [{ kind: "artifact", path: join(root.value, "target", "run_results.json") } as const] : [];
  const made = reports({
    deliveries: [...asked.value, ...artifact],
    setting: { pathPrefix: root.ok ? pathInRepository(root.value, env) : "", version },
    runId,
    now: () => new Date(),
    onTrouble: (what, error) => {
      complain(what, error);
      onLost();
    },
  });
  const path = root.ok ? join(root.value, "target", "events.jsonl") : undefined;
  const lost = (error: Error): void => complain("target/events.jsonl", error);
  const events = path === undefined ? [] : [eventsFile(path, ticking, lost)];
  return ok([...events, made]);
};

const deliveriesFor = ({ verb, read, err, workingDir, env }: ReporterWish): Outcome<readonly Delivery[]> => {
  if (!verb.flags.includes(report)) return ok([]);
  const targets = reportTargets(read(report), workingDir);
  if (!targets.ok) return targets;
  const isGithub = isOnGithub(env) || targets.value.some(({ kind }) => kind === "github");
  // Standard error: what a program reads from standard output stays as it is. The runner reads both.
  const github = isGithub ? [{ kind: "github", log: err, summaryPath: env["GITHUB_STEP_SUMMARY"] } as const] : [];
  return ok([...targets.value.flatMap((t) => (t.kind === "file" ? [t] : [])), ...github]);
};

const isOnGithub = (env: ReporterWish["env"]): boolean => env["GITHUB_ACTIONS"] === "true";

const nameFor = ({ read, err, env }: ReporterWish): ReporterName => {
  if (read(logFormat) === "json") return "json-lines";
  if (read(quiet)) return "quiet";
  const canRedraw = err.isTerminal && env["TERM"] !== "dumb" && (env["CI"] ?? "") === "";
  return canRedraw ? "terminal" : "plain";
};

/** The timer never keeps the process alive. */
const ticking = {
  nowMs: (): number => performance.now(),
  every: (ms: number, tick: () => void): (() => void) => {
    const timer = setInterval(tick, ms);
    timer.unref();
    return () => clearInterval(timer);
  },
};
