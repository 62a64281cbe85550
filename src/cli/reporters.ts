/** Chooses who hears of the run: by the flags, and by what the output goes to. */
import { join } from "node:path";
import type { Reporter } from "../domain/contracts/reporter.ts";
import { eventsFile, REPORTERS, type ReporterName } from "../plugins/reporters/index.ts";
import { findProject } from "../stages/load/find-project.ts";
import { logFormat, quiet, type ReadFlag } from "./flags.ts";
import type { ProcessOutput } from "./output.ts";

export type ReporterWish = {
  readonly read: ReadFlag;
  readonly out: ProcessOutput;
  readonly err: ProcessOutput;
  readonly startDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
};

export const reportersFor = (wish: ReporterWish): readonly Reporter[] => {
  const { out, err, startDir } = wish;
  const chosen = REPORTERS[nameFor(wish)]({ out, err }, ticking);
  const root = findProject(startDir);
  if (!root.ok) return [chosen];
  const path = join(root.value, "target", "events.jsonl");
  const complain = (error: Error): void => err.write(`target/events.jsonl cannot be written: ${error.message}\n`);
  return [chosen, eventsFile(path, complain)];
};

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
