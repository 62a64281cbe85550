import { inline, PROJECT, report, SELECTION } from "../flags.ts";
import { printAnswer } from "../print/answer.ts";
import { compiledText } from "../print/compiled.ts";
import { projectInputOf, selectInputOf, type Verb } from "../verb.ts";

export const compile: Verb = {
  name: "compile",
  describe: "Write the SQL of models and tests to target/compiled/, without a database",
  positionals: [],
  flags: [...SELECTION, ...PROJECT, inline, report],
  examples: [
    { command: "galley compile", means: "everything" },
    { command: "galley compile -s team_form", means: "one model; its SQL is printed too" },
    { command: "galley compile --inline 'select 1'", means: "a query of your own" },
  ],
  run: async (context, call) => {
    const { compile: command } = await import("../../commands/compile.ts");
    const input = { ...projectInputOf(call), ...selectInputOf(call), inline: call.read(inline) };
    const { exitCode, value } = await command(context, input);
    if (value !== undefined)
      // SQL goes on into psql and files: `::int::text` at the head of a line is no command.
      printAnswer(
        { ...call, print: call.hand },
        () => [compiledText(value)],
        () => value,
      );
    return exitCode;
  },
};
