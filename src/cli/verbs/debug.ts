import { PROJECT } from "../flags.ts";
import { printAnswer } from "../print/answer.ts";
import { checkLines } from "../print/checks.ts";
import { projectInputOf, type Verb } from "../verb.ts";

export const debug: Verb = {
  name: "debug",
  describe: "Check project, connection, server and rights, and say what is wrong",
  positionals: [],
  flags: [...PROJECT],
  examples: [
    { command: "galley debug", means: "the default target" },
    { command: "galley debug -t server", means: "another one" },
  ],
  run: async (context, call) => {
    const { debug: command } = await import("../../commands/debug.ts");
    const { exitCode, value = [] } = await command(context, projectInputOf(call));
    printAnswer(
      call,
      () => checkLines(value),
      () => value,
    );
    return exitCode;
  },
};
