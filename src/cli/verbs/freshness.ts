import { PROJECT, report, SELECTION, threads } from "../flags.ts";
import { projectInputOf, selectInputOf, type Verb } from "../verb.ts";

export const freshness: Verb = {
  name: "freshness",
  describe: "Tell how old the newest rows of sources are, and fail where they are too old",
  positionals: [],
  flags: [...SELECTION, ...PROJECT, threads, report],
  examples: [
    { command: "galley freshness", means: "every source that says how old its rows may be" },
    { command: "galley freshness -s source:raw.matches", means: "one table" },
    { command: "galley freshness -s +team_form", means: "the sources that a model is built from" },
  ],
  run: async (context, call) => {
    const { freshness: command } = await import("../../commands/freshness.ts");
    const input = { ...projectInputOf(call), ...selectInputOf(call), threads: call.read(threads) };
    return (await command(context, input)).exitCode;
  },
};
