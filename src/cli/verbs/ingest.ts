import { resolve } from "node:path";
import { allowRejects, PROJECT, report, sharedRaw } from "../flags.ts";
import { projectInputOf, type Verb } from "../verb.ts";

export const ingest: Verb = {
  name: "ingest",
  describe: "Load a file into raw tables by a mapping of ingest/",
  positionals: [
    { name: "mapping", isRequired: true, describe: "The mapping: ingest/<mapping>.yml" },
    { name: "file", isRequired: true, describe: "A CSV file, gzipped or not; - for standard input" },
  ],
  flags: [...PROJECT, allowRejects, sharedRaw, report],
  examples: [
    { command: "galley ingest elo games.csv", means: "load a file; a second time changes nothing" },
    { command: "curl -s … | galley ingest elo -", means: "from standard input" },
  ],
  run: async (context, call) => {
    const { ingest: command } = await import("../../commands/ingest.ts");
    const [mapping = "", word = ""] = call.words;
    // As the user's shell understands it, wherever the project lies.
    const file = word === "-" ? word : resolve(word);
    const input = {
      ...projectInputOf(call),
      mapping,
      file,
      allowsRejects: call.read(allowRejects),
      isSharedRaw: call.read(sharedRaw),
    };
    return (await command(context, input)).exitCode;
  },
};
