import { dryRun, PROJECT, report, sharedRaw } from "../flags.ts";
import { printAnswer } from "../print/answer.ts";
import { migrationLines } from "../print/migrations.ts";
import { projectInputOf, type Verb } from "../verb.ts";

export const migrate: Verb = {
  name: "migrate",
  describe: "Apply the pending files of migrations/",
  positionals: [],
  flags: [...PROJECT, dryRun, sharedRaw, report],
  examples: [
    { command: "galley migrate", means: "apply what is pending" },
    { command: "galley migrate --dry-run", means: "list what is applied and what is pending" },
  ],
  run: async (context, call) => {
    const { migrate: command } = await import("../../commands/migrate.ts");
    const input = { ...projectInputOf(call), isDryRun: call.read(dryRun), isSharedRaw: call.read(sharedRaw) };
    const { exitCode, value } = await command(context, input);
    if (value !== undefined)
      printAnswer(
        call,
        () => migrationLines(value),
        () => value,
      );
    return exitCode;
  },
};
