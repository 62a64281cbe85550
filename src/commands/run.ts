/** `galley run`: what `build` does, without data tests; constraints are made all the same. */
import type { Command } from "./context.ts";
import type { RunInput } from "./inputs.ts";
import { runProject } from "./run-project.ts";

export const run: Command<RunInput> = (context, input) => runProject(context, input, "run");
