/** Opens the house for one call: reads the words, makes the context, runs the verb, and ends with its exit code. */
import { randomUUID } from "node:crypto";
import { resolve } from "node:path";
import type { CommandContext } from "../commands/context.ts";
import type { Reporter } from "../domain/contracts/reporter.ts";
import type { RunEvent } from "../domain/event.ts";
import { type ExitCode, exitOf, worstExit } from "../domain/exit-code.ts";
import { showDiagnostic } from "../domain/show-diagnostic.ts";
import { colorsFor } from "../plugins/reporters/paint.ts";
import { bugText } from "./bug.ts";
import { confirmOn } from "./confirm.ts";
import { noColor, projectDir } from "./flags.ts";
import { colorWishOf, type ProcessOutput, processOutput } from "./output.ts";
import { parse } from "./parse.ts";
import { reportersFor } from "./reporters.ts";
import { listenForStop } from "./signals.ts";
import { VERBS } from "./verbs/index.ts";

/** A bug is nobody's data and nobody's project: it ends as what could not be evaluated. */
const BUG_EXIT = 3;
const USAGE_EXIT = 2;
const FILE_WIDTH = 120;

export const openDoor = async (argv: readonly string[], version: string): Promise<void> => {
  const wish = colorWishOf(process.env, argv.includes("--no-color"));
  const out = processOutput(process.stdout, wish);
  const err = processOutput(process.stderr, wish);
  const endWith = async (code: number): Promise<void> => {
    await Promise.all([out.drained(), err.drained()]);
    process.exit(code);
  };
  process.on("uncaughtException", (error) => {
    err.write(bugText(error, version));
    void endWith(BUG_EXIT);
  });
  const parsed = await parse({ argv, env: process.env, verbs: VERBS, columns: out.columns() ?? FILE_WIDTH });
  if (parsed.kind === "text") {
    (parsed.isWanted ? out : err).write(`${parsed.text}\n`);
    return endWith(parsed.isWanted ? 0 : USAGE_EXIT);
  }
  if (parsed.kind === "wrong") {
    for (const d of parsed.diagnostics) err.write(`${showDiagnostic(d, colorsFor(err))}\n`);
    return endWith(exitOf(parsed.diagnostics));
  }
  return endWith(await runVerb(parsed, { out, err, version }));
};

type Call = Extract<Awaited<ReturnType<typeof parse>>, { kind: "call" }>;
type World = { readonly out: ProcessOutput; readonly err: ProcessOutput; readonly version: string };

const runVerb = async (call: Call, { out, err, version }: World): Promise<ExitCode> => {
  const startDir = resolve(call.read(projectDir) ?? ".");
  const runId = randomUUID();
  const streams = outputsFor(call, out, err);
  const reporters: readonly Reporter[] = reportersFor({ read: call.read, ...streams, startDir, env: process.env });
  const closeAll = async (): Promise<void> => void (await Promise.all(reporters.map((reporter) => reporter.close())));
  using stop = listenForStop({
    onFirst: () => err.write(`${colorsFor(err).warning("stopping; once more ends at once")}\n`),
    onSecond: (code) => {
      // What close() does to the terminal it does before it first waits.
      void closeAll();
      process.exit(code);
    },
  });
  const emit = (told: RunEvent): void => {
    const stamped = { at: new Date(), runId, event: withStop(told, stop.exitCode()) };
    for (const reporter of reporters) reporter.onEvent(stamped);
  };
  const context: CommandContext = {
    projectDir: startDir,
    env: process.env,
    signal: stop.signal,
    emit,
    now: () => new Date(),
    runId,
    version,
    stdin: process.stdin,
    confirm: confirmOn(process.stdin, err),
  };
  try {
    const code = await call.verb.run(context, {
      read: call.read,
      words: call.words,
      rest: call.rest,
      print: (text) => out.write(`${text}\n`),
      note: (text) => err.write(`${text}\n`),
      width: out.columns() ?? FILE_WIDTH,
    });
    return worstExit([code, stop.exitCode() ?? 0]);
  } catch (bug) {
    await closeAll();
    err.write(bugText(bug, version));
    return worstExit([BUG_EXIT, stop.exitCode() ?? 0]);
  } finally {
    await closeAll();
  }
};

/** A command knows that it was stopped, only the door knows by which signal. */
const withStop = (event: RunEvent, stopped: ExitCode | undefined): RunEvent =>
  event.kind === "run_finished" && stopped !== undefined ? { ...event, exitCode: stopped } : event;

/** `GALLEY_NO_COLOR` is known only after parsing. */
const outputsFor = (call: Call, out: ProcessOutput, err: ProcessOutput) => {
  const plainOf = (output: ProcessOutput): ProcessOutput => ({ ...output, hasColors: false });
  return call.read(noColor) ? { out: plainOf(out), err: plainOf(err) } : { out, err };
};
