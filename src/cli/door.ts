/** Opens the house for one call: reads the words, runs the verb or says what is wrong, and ends with its exit code. */
import { exitOf } from "../domain/exit-code.ts";
import { showDiagnostic } from "../domain/show-diagnostic.ts";
import { colorsFor } from "../plugins/reporters/paint.ts";
import { BUG_EXIT, bugText } from "./bug.ts";
import { colorWishOf, processOutput } from "./output.ts";
import { parse } from "./parse.ts";
import { FILE_WIDTH, runVerb } from "./run-verb.ts";
import { VERBS } from "./verbs/index.ts";

const USAGE_EXIT = 2;
const LOST_OUTPUT_EXIT = 3;

export const openDoor = async (argv: readonly string[], version: string): Promise<void> => {
  const wish = colorWishOf(process.env, argv.includes("--no-color"));
  const out = processOutput(process.stdout, wish);
  const err = processOutput(process.stderr, wish);
  const endWith = async (code: number): Promise<void> => {
    await Promise.all([out.drained(), err.drained()]);
    const failure = out.failure();
    if (failure === undefined) process.exit(code);
    // What was asked for did not arrive, whatever else went well.
    err.write(`galley could not write its output: ${failure.message}\n`);
    await err.drained();
    process.exit(code === 0 ? LOST_OUTPUT_EXIT : code);
  };
  // What a terminal was made to show is taken back before the last words.
  const lastSteps: (() => void)[] = [];
  process.on("uncaughtException", (error) => {
    for (const step of lastSteps) step();
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
  const world = { out, err, version, atEnd: (step: () => void) => void lastSteps.push(step) };
  return endWith(await runVerb(parsed, world));
};
