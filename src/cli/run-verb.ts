/** From a parsed call to its exit code: makes the context and the reporters, runs the verb, and cleans up after it. */
import { randomUUID } from "node:crypto";
import { resolve } from "node:path";
import type { CommandContext } from "../commands/context.ts";
import type { Reporter } from "../domain/contracts/reporter.ts";
import type { RunEvent } from "../domain/event.ts";
import { type ExitCode, exitOf, worstExit } from "../domain/exit-code.ts";
import { BUG_EXIT, bugText } from "./bug.ts";
import { confirmOn } from "./confirm.ts";
import { noColor, projectDir } from "./flags.ts";
import type { ProcessOutput } from "./output.ts";
import type { ParsedCall } from "./parse.ts";
import { displayFor, forPeople, recordersFor } from "./reporters.ts";
import { listenForStop, type Stop } from "./signals.ts";

/** Columns of tables and help where there is no terminal. */
export const FILE_WIDTH = 120;

/** What was asked for did not arrive, whatever else went well. */
const LOST_REPORT_EXIT = 3;

export type World = {
  readonly out: ProcessOutput;
  readonly err: ProcessOutput;
  readonly version: string;
  /** What must be done however the process ends: it cannot wait. */
  readonly atEnd: (step: () => void) => void;
};

export const runVerb = async (call: ParsedCall, world: World): Promise<ExitCode> => {
  const { out, err } = call.read(noColor) ? withoutColors(world) : world;
  const { version } = world;
  const startDir = resolve(call.read(projectDir) ?? ".");
  const runId = randomUUID();
  let isReportLost = false;
  const onLost = (): void => {
    isReportLost = true;
  };
  const wish = { ...call, out, err, startDir, workingDir: resolve("."), env: process.env, version, runId, onLost };
  const display = displayFor(wish);
  const recorders = recordersFor(wish);
  const reporters = recorders.ok ? [display, ...recorders.value] : [display];
  // A reporter does what cannot wait before it first waits.
  const closeAll = async (exit: ExitCode | undefined): Promise<void> =>
    void (await Promise.all(reporters.map((r) => r.close(exit))));
  world.atEnd(() => void closeAll(BUG_EXIT));
  using stop: Stop = listenForStop({
    onFirst: () => tell({ kind: "note", message: "stopping; once more ends at once" }),
    onSecond: (code) => {
      void closeAll(code);
      process.exit(code);
    },
  });
  const tell = (event: RunEvent): void => toldTo(reporters, runId, withStop(event, stop.exitCode()));
  const endWith = async (code: ExitCode): Promise<ExitCode> => {
    const exit = worstExit([code, stop.exitCode() ?? 0]);
    await closeAll(exit);
    return worstExit([exit, isReportLost ? LOST_REPORT_EXIT : 0]);
  };
  if (!recorders.ok) {
    for (const diagnostic of recorders.diagnostics) tell({ kind: "diagnostic", diagnostic });
    return endWith(exitOf(recorders.diagnostics));
  }
  const context: CommandContext = {
    projectDir: startDir,
    env: process.env,
    signal: stop.signal,
    emit: tell,
    now: () => new Date(),
    runId,
    version,
    stdin: process.stdin,
    confirm: confirmOn(process.stdin, err),
  };
  try {
    const people = forPeople({ out, err }, process.env);
    const code = await call.verb.run(context, {
      ...call,
      print: (text) => people.out.write(`${text}\n`),
      hand: (text) => out.write(`${text}\n`),
      note: (text) => people.err.write(`${text}\n`),
      width: out.columns() ?? FILE_WIDTH,
    });
    return await endWith(code);
  } catch (bug) {
    const code = await endWith(BUG_EXIT);
    err.write(bugText(bug, version));
    return code;
  }
};

const toldTo = (reporters: readonly Reporter[], runId: string, event: RunEvent): void => {
  const stamped = { at: new Date(), runId, event };
  for (const reporter of reporters) reporter.onEvent(stamped);
};

/** A command knows that it was stopped, only the door knows by which signal. */
const withStop = (event: RunEvent, stopped: ExitCode | undefined): RunEvent =>
  event.kind === "run_finished" && stopped !== undefined ? { ...event, exitCode: stopped } : event;

/** `GALLEY_NO_COLOR` is known only after parsing. */
const withoutColors = ({ out, err }: World): Pick<World, "out" | "err"> => ({
  out: { ...out, hasColors: false },
  err: { ...err, hasColors: false },
});
