/** What is asked when the plan stands and before anything is built: how old sources are, whether contracts are kept. */
import { type ExitCode, worstExit } from "../domain/exit-code.ts";
import type { Plan } from "../domain/plan.ts";
import { checkFreshness } from "../stages/execute/freshness.ts";
import { retried } from "../stages/execute/retry-step.ts";
import type { RunContext } from "../stages/execute/run-context.ts";
import type { CommandContext } from "./context.ts";
import { brokenContracts } from "./forecast.ts";
import { refusedWith } from "./open-project.ts";
import type { Prepared } from "./prepare.ts";

/** 0: nothing stands in the way. */
export const beforeBuilding = async (
  context: CommandContext,
  prepared: Prepared,
  run: RunContext,
  plan: Plan,
): Promise<ExitCode> => {
  const stale = await checkFreshness({
    ...run,
    checks: plan.gates,
    withSession: (use) => retried(run, "read", GATES, use),
  });
  if (stale.length > 0) return worstExit(stale);
  const broken = await brokenContracts(prepared, run, plan);
  return broken.length === 0 ? 0 : refusedWith(context, broken);
};

const GATES = "the freshness of sources";
