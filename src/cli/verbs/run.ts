import { EVENT_TIME, fullRefresh, PROJECT, PUBLISHING, RUNNING, report, SELECTION } from "../flags.ts";
import type { Verb } from "../verb.ts";
import { runInputOf } from "./run-input.ts";

export const run: Verb = {
  name: "run",
  describe: "Build seeds and models and publish them without testing them first",
  positionals: [],
  flags: [...SELECTION, ...PROJECT, ...RUNNING, fullRefresh, ...EVENT_TIME, ...PUBLISHING, report],
  examples: [
    { command: "galley run -s team_form", means: "one model" },
    { command: "galley run -s stats --threads 8", means: "a folder, eight nodes at once" },
  ],
  run: async (context, call) => {
    const { run: command } = await import("../../commands/run.ts");
    return (await command(context, runInputOf(call))).exitCode;
  },
};
