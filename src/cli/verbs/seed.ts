import {
  adopt,
  allowRejects,
  noRows,
  PROJECT,
  report,
  SELECTION,
  sharedRaw,
  strictReaders,
  threads,
  wait,
} from "../flags.ts";
import { projectInputOf, selectInputOf, type Verb } from "../verb.ts";
import { lockWaitOf, rowsOf } from "./run-input.ts";

export const seed: Verb = {
  name: "seed",
  describe: "Load the files of seeds/: raw tables by their mappings, then plain seeds",
  positionals: [],
  flags: [...SELECTION, ...PROJECT, threads, noRows, allowRejects, strictReaders, wait, adopt, sharedRaw, report],
  examples: [
    { command: "galley seed", means: "every seed that changed" },
    { command: "galley seed -s model_coefficients", means: "one plain seed; raw-loading seeds run all the same" },
  ],
  run: async (context, call) => {
    const { seed: command } = await import("../../commands/seed.ts");
    const input = {
      ...projectInputOf(call),
      ...selectInputOf(call),
      threads: call.read(threads),
      rows: rowsOf(call),
      allowsRejects: call.read(allowRejects),
      readers: call.read(strictReaders) ? ("strict" as const) : ("warn" as const),
      foreign: call.read(adopt) ? ("adopted" as const) : ("refused" as const),
      lockWaitMs: lockWaitOf(call),
      isSharedRaw: call.read(sharedRaw),
    };
    return (await command(context, input)).exitCode;
  },
};
