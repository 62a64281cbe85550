import { dryRun, EVENT_TIME, fullRefresh, PROJECT, PUBLISHING, RUNNING, report, SELECTION } from "../flags.ts";
import type { Verb } from "../verb.ts";
import { printPlan } from "./plan.ts";
import { runInputOf } from "./run-input.ts";

export const build: Verb = {
  name: "build",
  describe: "Build seeds and models in a workspace, test them there, and publish them together",
  positionals: [],
  flags: [...SELECTION, ...PROJECT, ...RUNNING, fullRefresh, ...EVENT_TIME, ...PUBLISHING, dryRun, report],
  examples: [
    { command: "galley build", means: "everything" },
    { command: "galley build -s team_form+", means: "one model and all that is built from it" },
    { command: "galley build -s tag:nightly --exclude stats", means: "what is tagged, but not one folder" },
    { command: "galley build --dry-run", means: "what would be done, and why" },
  ],
  run: async (context, call) => {
    if (call.read(dryRun)) return printPlan(context, call);
    const { build: command } = await import("../../commands/build.ts");
    return (await command(context, runInputOf(call))).exitCode;
  },
};
