import { errorOf } from "../../domain/diagnostic.ts";
import { exitOf } from "../../domain/exit-code.ts";
import { failureLimit, logFormat, PROJECT, runId, SELECTION, since, testName } from "../flags.ts";
import { failuresRecords, failuresText } from "../print/failures.ts";
import { projectInputOf, selectInputOf, type Verb } from "../verb.ts";

const DEFAULT_ROWS = 10;

export const failures: Verb = {
  name: "failures",
  describe: "Show the failing rows that runs have stored: what is new, still there and gone since an earlier run",
  positionals: [],
  flags: [...SELECTION, runId, since, testName, failureLimit, ...PROJECT],
  examples: [
    { command: "galley failures", means: "the last run, held against the run before of each test" },
    {
      command: "galley failures --since yesterday",
      means: "what is new since yesterday was over; 12h, 7d, 2026-11-27",
    },
    { command: "galley failures -s orders --limit 100", means: "the tests of one model, a hundred rows of each" },
    { command: "galley failures --test unique_orders_id", means: "the history of one test" },
  ],
  run: async (context, call) => {
    const [test, run, from, limit] = [call.read(testName), call.read(runId), call.read(since), call.read(failureLimit)];
    if (test !== undefined && (run !== undefined || from !== undefined)) {
      const diagnostic = errorOf(
        "cli/conflicting-flags",
        "--test shows all runs of a test: it takes no --run and no --since",
      );
      context.emit({ kind: "diagnostic", diagnostic });
      return exitOf([diagnostic]);
    }
    const { failures: command } = await import("../../commands/failures.ts");
    const input = { ...projectInputOf(call), ...selectInputOf(call), run, since: from, test, limit };
    const { exitCode, value } = await command(context, input);
    if (value === undefined) return exitCode;
    const style = { width: call.width, rows: limit ?? DEFAULT_ROWS, now: context.now() };
    // Names of columns stand in the objects, so that these are printed as they are.
    if (call.read(logFormat) === "json") for (const record of failuresRecords(value)) call.hand(JSON.stringify(record));
    else call.print(failuresText(value, style));
    return exitCode;
  },
};
