import {
  adopt,
  allowRejects,
  EVENT_TIME,
  fullRefresh,
  PROJECT,
  RUNNING,
  SELECTION,
  strictReaders,
  wait,
} from "../flags.ts";
import type { Verb } from "../verb.ts";
import { runInputOf } from "./run-input.ts";

export const run: Verb = {
  name: "run",
  describe: "Build seeds and models and publish them without testing them first",
  positionals: [],
  flags: [...SELECTION, ...PROJECT, ...RUNNING, fullRefresh, ...EVENT_TIME, allowRejects, strictReaders, wait, adopt],
  examples: [
    { command: "galley run -s team_form", means: "one model" },
    { command: "galley run -s stats --threads 8", means: "a folder, eight nodes at once" },
  ],
  run: async (context, call) => {
    const { run: command } = await import("../../commands/run.ts");
    return (await command(context, runInputOf(call))).exitCode;
  },
};
