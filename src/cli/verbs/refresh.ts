import { PROJECT, report, SELECTION, threads } from "../flags.ts";
import { projectInputOf, selectInputOf, type Verb } from "../verb.ts";

export const refresh: Verb = {
  name: "refresh",
  describe: "Renew the rows of materialized views on live, without a build",
  positionals: [],
  flags: [...SELECTION, ...PROJECT, threads, report],
  examples: [
    { command: "galley refresh", means: "every materialized view, in the order in which they stand on each other" },
    { command: "galley refresh -s tag:hourly", means: "some of them" },
  ],
  run: async (context, call) => {
    const { refresh: command } = await import("../../commands/refresh.ts");
    const input = { ...projectInputOf(call), ...selectInputOf(call), threads: call.read(threads) };
    return (await command(context, input)).exitCode;
  },
};
