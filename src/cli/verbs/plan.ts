import type { CommandContext } from "../../commands/context.ts";
import type { ExitCode } from "../../domain/exit-code.ts";
import {
  adopt,
  allowRejects,
  EVENT_TIME,
  freshness,
  fullRefresh,
  PROJECT,
  RUNNING,
  report,
  SELECTION,
  strictReaders,
} from "../flags.ts";
import { printAnswer } from "../print/answer.ts";
import { planObjects } from "../print/plan-objects.ts";
import { planText } from "../print/plan-text.ts";
import type { Call, Verb } from "../verb.ts";
import { planInputOf } from "./run-input.ts";

export const plan: Verb = {
  name: "plan",
  describe: "Print what build would do and why, without doing it",
  positionals: [],
  flags: [
    ...SELECTION,
    ...PROJECT,
    ...RUNNING,
    fullRefresh,
    ...EVENT_TIME,
    allowRejects,
    strictReaders,
    adopt,
    freshness,
    report,
  ],
  examples: [
    { command: "galley plan", means: "everything" },
    { command: "galley plan -s team_form+", means: "one model and all that is built from it" },
  ],
  run: (context, call) => printPlan(context, call),
};

/** `build --dry-run` is the same. */
export const printPlan = async (context: CommandContext, call: Call): Promise<ExitCode> => {
  const { plan: command } = await import("../../commands/plan.ts");
  const { exitCode, value } = await command(context, planInputOf(call));
  if (value !== undefined)
    printAnswer(
      call,
      () => [planText(value)],
      () => planObjects(value),
    );
  return exitCode;
};
