import { fullRefresh, PROJECT, PUBLISHING, RUNNING, report, SELECTION } from "../flags.ts";
import { selectInputOf, type Verb } from "../verb.ts";
import { unselectedInputOf } from "./run-input.ts";

export const snapshot: Verb = {
  name: "snapshot",
  describe: "Add what changed to the histories that snapshots keep, without building models first",
  positionals: [],
  flags: [...SELECTION, ...PROJECT, ...RUNNING, fullRefresh, ...PUBLISHING, report],
  examples: [
    { command: "galley snapshot", means: "every snapshot" },
    { command: "galley snapshot -s customers_history", means: "one" },
  ],
  run: async (context, call) => {
    const { snapshot: command } = await import("../../commands/snapshot.ts");
    const asked = { ...unselectedInputOf(call), ...selectInputOf(call), isFullRefresh: call.read(fullRefresh) };
    return (await command(context, { ...asked, eventTime: { start: undefined, end: undefined } })).exitCode;
  },
};
