/** `--warn-error`: a context that hears whether anything was warned of, so that it can fail the command. */
import type { CommandContext } from "./context.ts";

export type Listening = { readonly context: CommandContext; readonly hasWarned: () => boolean };

export const listenForWarnings = (context: CommandContext): Listening => {
  let hasWarned = false;
  const emit: CommandContext["emit"] = (event) => {
    if (event.kind === "diagnostic" && event.diagnostic.severity === "warning") hasWarned = true;
    if (event.kind === "test_finished" && event.status === "warn") hasWarned = true;
    context.emit(event);
  };
  return { context: { ...context, emit }, hasWarned: () => hasWarned };
};
