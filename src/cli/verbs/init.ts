import { name } from "../flags.ts";
import { printAnswer } from "../print/answer.ts";
import type { Verb } from "../verb.ts";

export const init: Verb = {
  name: "init",
  describe: "Make a new small project that builds at once",
  positionals: [{ name: "folder", isRequired: false, describe: "Where; the working folder without it" }],
  flags: [name],
  examples: [
    { command: "galley init my_project", means: "in a new folder" },
    { command: "galley init", means: "in the working folder" },
  ],
  run: async (context, call) => {
    const { init: command } = await import("../../commands/init.ts");
    const folder = call.words[0] ?? ".";
    const { exitCode, value } = await command(context, { folder, name: call.read(name) });
    if (value === undefined) return exitCode;
    const change = folder === "." ? "" : `cd ${folder} && `;
    printAnswer(
      call,
      () => [...value.files.map((file) => `  ${file}`), `\nnext: ${change}npx galley build`],
      () => [value],
    );
    return exitCode;
  },
};
