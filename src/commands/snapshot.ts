/** `galley snapshot`: the selected snapshots alone, read from live and published like any run; no tests, no models. */
import type { Command } from "./context.ts";
import type { RunInput } from "./inputs.ts";
import { runProject } from "./run-project.ts";

export const snapshot: Command<RunInput> = (context, input) => runProject(context, input, "snapshot");
