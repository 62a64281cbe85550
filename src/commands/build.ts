/** `galley build`: seeds, models, data tests, then publish. */
import type { Command } from "./context.ts";
import type { RunInput } from "./inputs.ts";
import { runProject } from "./run-project.ts";

export const build: Command<RunInput> = (context, input) => runProject(context, input, "build");
