/** `galley seed`: raw-loading seeds where they changed, and the selected plain seeds, published like any run. */
import type { Command } from "./context.ts";
import { AS_SCHEDULED } from "./event-time.ts";
import type { SeedInput } from "./inputs.ts";
import { openProject, refusedWith } from "./open-project.ts";
import { runProject } from "./run-project.ts";
import { sharedRawRefusal } from "./shared-raw.ts";

export const seed: Command<SeedInput> = async (context, input) => {
  // What is wrong with the project is told by the run itself.
  const opened = await openProject(context, input, input.threads);
  const loadsRaw = opened.ok && opened.value.manifest.mappings.some((m) => m.path !== undefined);
  const refusal = opened.ok && loadsRaw ? sharedRawRefusal("seed", opened.value.manifest.target, input) : undefined;
  if (refusal !== undefined) return { exitCode: refusedWith(context, [refusal]), value: undefined };
  const result = await runProject(
    context,
    { ...input, isFailFast: false, isFullRefresh: false, eventTime: AS_SCHEDULED, freshness: "ignored" },
    "seed",
  );
  return { exitCode: result.exitCode, value: undefined };
};
