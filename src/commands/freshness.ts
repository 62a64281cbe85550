/** `galley freshness`: how old the newest rows of the selected sources are, held against what each may be. */
import { setTimeout as sleep } from "node:timers/promises";
import { exitOf, worstExit } from "../domain/exit-code.ts";
import { cancelOnAbort } from "../stages/execute/cancel.ts";
import { checkFreshness } from "../stages/execute/freshness.ts";
import { freshnessChecks } from "../stages/plan/freshness.ts";
import type { Command } from "./context.ts";
import type { FreshnessInput } from "./inputs.ts";
import { openSelection, tell } from "./open-project.ts";
import { endState } from "./recorded-run.ts";
import { listenForWarnings } from "./warnings.ts";
import { withDatabase } from "./with-database.ts";

export const freshness: Command<FreshnessInput> = async (outer, input) => {
  const startedAt = performance.now();
  const { context, hasWarned } = listenForWarnings(outer);
  const opened = await openSelection(context, input, input.threads);
  tell(context, opened);
  if (!opened.ok) return { exitCode: exitOf(opened.diagnostics), value: undefined };
  const { manifest, nodes } = opened.value;
  const { projectName, target } = manifest;
  const checks = freshnessChecks(manifest, nodes);
  if (checks.length === 0) {
    context.emit({ kind: "note", message: "no selected source says how old its rows may be (`freshness`)" });
    return { exitCode: input.isWarnError && hasWarned() ? 1 : 0, value: undefined };
  }
  const result = await withDatabase(context, opened.value, input, "reads", async ({ database }) => {
    const counts = { models: 0, seeds: 0, snapshots: 0, tests: 0 };
    const { name, threads } = target;
    context.emit({ kind: "run_started", command: "freshness", project: projectName, target: name, threads, ...counts });
    const { emit, signal } = context;
    const running = { cancelRunning: database.cancelRunning, signal, sleep: (ms: number) => sleep(ms) };
    const exits = await cancelOnAbort(running, () =>
      checkFreshness({
        checks,
        withSession: (use) => database.withSession("read", use),
        threads,
        emit,
        signal,
        clock: () => performance.now(),
      }),
    );
    return { exitCode: worstExit(exits), value: undefined };
  });
  const exitCode = worstExit([result.exitCode, input.isWarnError && hasWarned() ? 1 : 0]);
  const state = endState(exitCode, context.signal);
  context.emit({ kind: "run_finished", state, exitCode, ms: performance.now() - startedAt });
  return { exitCode, value: undefined };
};
