import { dryRun, orphans, PROJECT } from "../flags.ts";
import { printAnswer } from "../print/answer.ts";
import { removalLines } from "../print/removals.ts";
import { projectInputOf, type Verb } from "../verb.ts";

export const clean: Verb = {
  name: "clean",
  describe: "Empty target/ and drop workspaces that runs left; never the embedded database",
  positionals: [],
  flags: [orphans, dryRun, ...PROJECT],
  examples: [
    { command: "galley clean --dry-run", means: "what would go" },
    { command: "galley clean --orphans", means: "also relations whose model is gone" },
  ],
  run: async (context, call) => {
    const { clean: command } = await import("../../commands/clean.ts");
    const input = { ...projectInputOf(call), dropsOrphans: call.read(orphans), isDryRun: call.read(dryRun) };
    const { exitCode, value = [] } = await command(context, input);
    printAnswer(
      call,
      () => removalLines(value),
      () => value,
    );
    return exitCode;
  },
};
