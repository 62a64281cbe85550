import { fresh, PROJECT, PUBLISHING, RUNNING, report } from "../flags.ts";
import type { Verb } from "../verb.ts";
import { unselectedInputOf } from "./run-input.ts";

export const retry: Verb = {
  name: "retry",
  describe: "Go on from the last run, if it was not published: what is built and unchanged is not built again",
  positionals: [],
  flags: [...PROJECT, ...RUNNING, ...PUBLISHING, fresh, report],
  examples: [
    { command: "galley retry", means: "what that run was asked, from where it stopped" },
    { command: "galley retry --fresh", means: "the same, but build everything again" },
  ],
  run: async (context, call) => {
    const { retry: command } = await import("../../commands/retry.ts");
    const keeps = call.read(fresh) ? "none" : "unchanged";
    return (await command(context, { ...unselectedInputOf(call), keeps })).exitCode;
  },
};
