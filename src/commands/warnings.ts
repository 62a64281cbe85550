/** Contexts that hear on their way what a command wants to know of itself: whether it warned, whether raw changed. */
import type { CommandContext } from "./context.ts";

export type Listening = { readonly context: CommandContext; readonly hasWarned: () => boolean };

export const listenForWarnings = (context: CommandContext): Listening => {
  let hasWarned = false;
  const emit: CommandContext["emit"] = (event) => {
    if (event.kind === "diagnostic" && event.diagnostic.severity === "warning") hasWarned = true;
    if ((event.kind === "test_finished" || event.kind === "freshness_checked") && event.status === "warn")
      hasWarned = true;
    context.emit(event);
  };
  return { context: { ...context, emit }, hasWarned: () => hasWarned };
};

/** What this very run loaded into raw tables, or migrated: what was built before is of other rows then. */
export const listenForRaw = (
  context: CommandContext,
): { readonly context: CommandContext; readonly hasRawChanged: () => boolean } => {
  let hasChanged = false;
  const emit: CommandContext["emit"] = (event) => {
    if (event.kind === "migration_applied" || (event.kind === "raw_loaded" && !event.isSkipped)) hasChanged = true;
    context.emit(event);
  };
  return { context: { ...context, emit }, hasRawChanged: () => hasChanged };
};
