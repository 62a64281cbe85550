import {
  against,
  changedSince,
  failFast,
  noRows,
  noTrustConstraints,
  PROJECT,
  report,
  SELECTION,
  threads,
} from "../flags.ts";
import { projectInputOf, selectInputOf, type Verb } from "../verb.ts";
import { rowsOf } from "./run-input.ts";

export const test: Verb = {
  name: "test",
  describe: "Test what is live, reading only",
  positionals: [],
  flags: [...SELECTION, ...PROJECT, threads, failFast, noRows, against, changedSince, noTrustConstraints, report],
  examples: [
    { command: "galley test", means: "every data test" },
    { command: "galley test -s team_form", means: "the tests of one model" },
    { command: "galley test -s source:raw", means: "the tests of the raw tables" },
    { command: "galley test --changed-since origin/main", means: "the tests of what a branch changed" },
    { command: "galley test --against workspace", means: "what a failed run left, without building again" },
  ],
  run: async (context, call) => {
    const { test: command } = await import("../../commands/test.ts");
    const input = {
      ...projectInputOf(call),
      ...selectInputOf(call),
      threads: call.read(threads),
      isFailFast: call.read(failFast),
      rows: rowsOf(call),
      against: call.read(against) ?? "live",
      changedSince: call.read(changedSince),
      constraints: call.read(noTrustConstraints) ? ("asked" as const) : ("trusted" as const),
    };
    return (await command(context, input)).exitCode;
  },
};
