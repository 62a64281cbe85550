/** `on-run-start` and `on-run-end` of a run whose plan stands: their trouble as diagnostics and an exit code. */

import type { ExitCode } from "../domain/exit-code.ts";
import type { RunOutcome } from "../domain/hooks.ts";
import type { Plan } from "../domain/plan.ts";
import { runEndHooks, runStartHooks } from "../stages/execute/hooks.ts";
import type { RunContext } from "../stages/execute/run-context.ts";
import type { CommandContext } from "./context.ts";
import { refusedWith } from "./open-project.ts";

/** How the build of a plan ended; without a plan no hook has its turn. */
export type RunEnding = {
  readonly exit: ExitCode;
  readonly hooks: { readonly plan: Plan; readonly outcome: RunOutcome } | undefined;
};

export const beforeRun = async (context: CommandContext, run: RunContext, { onRun }: Plan): Promise<ExitCode> => {
  const found = await runStartHooks(run, onRun.start);
  return found.length === 0 ? 0 : refusedWith(context, found);
};

/** What was published stays, whatever they do. */
export const afterRun = async (context: CommandContext, run: RunContext, { hooks }: RunEnding): Promise<ExitCode> => {
  if (hooks === undefined) return 0;
  const found = await runEndHooks(run, hooks.plan.onRun.end, hooks.outcome);
  return found.length === 0 ? 0 : refusedWith(context, found);
};

export const outcomeOf = (exit: ExitCode, signal: AbortSignal): RunOutcome => {
  if (signal.aborted) return "cancelled";
  return exit === 6 ? "refused" : "failed";
};
