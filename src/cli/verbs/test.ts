import type { CommandContext } from "../../commands/context.ts";
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import { type ExitCode, exitOf } from "../../domain/exit-code.ts";
import { countOf } from "../../lib/duration.ts";
import {
  against,
  changedSince,
  failFast,
  generatedRows,
  noRows,
  noTrustConstraints,
  PROJECT,
  report,
  SELECTION,
  threads,
} from "../flags.ts";
import { printAnswer } from "../print/answer.ts";
import { type Call, projectInputOf, selectInputOf, type Verb } from "../verb.ts";
import { rowsOf } from "./run-input.ts";

export const test: Verb = {
  name: "test",
  describe: "Test what is live, reading only; or write a unit test from rows that stand there",
  positionals: [
    { name: "action", isRequired: false, describe: "nothing, or generate" },
    { name: "model", isRequired: false, describe: "of which generate writes a unit test" },
  ],
  flags: [
    ...SELECTION,
    ...PROJECT,
    threads,
    failFast,
    noRows,
    against,
    changedSince,
    noTrustConstraints,
    generatedRows,
    report,
  ],
  examples: [
    { command: "galley test", means: "every data test" },
    { command: "galley test -s team_form", means: "the tests of one model" },
    { command: "galley test -s source:raw", means: "the tests of the raw tables" },
    { command: "galley test --changed-since origin/main", means: "the tests of what a branch changed" },
    { command: "galley test --against workspace", means: "what a failed run left, without building again" },
    { command: "galley test generate team_form", means: "a unit test from real rows, in a file beside the model" },
  ],
  run: async (context, call) => {
    if (call.words.length > 0) return generate(context, call);
    if (call.read(generatedRows) !== undefined)
      return refuse(context, errorOf("cli/bad-value", "--rows is for generate", { help: EXAMPLE }));
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

const EXAMPLE = "for example: galley test generate team_form --rows 5";

const generate = async (context: CommandContext, call: Call): Promise<ExitCode> => {
  const [action = "", model] = call.words;
  const rows = call.read(generatedRows) ?? ROWS;
  if (action !== "generate")
    return refuse(
      context,
      errorOf("cli/stray-word", `galley test does not know what to do with "${action}"`, {
        help: `did you mean --select ${action}?`,
      }),
    );
  if (model === undefined)
    return refuse(context, errorOf("cli/missing-word", "galley test generate needs a <model>", { help: EXAMPLE }));
  if (!Number.isInteger(rows) || rows < 1)
    return refuse(context, errorOf("cli/bad-value", "--rows takes a whole number from 1", { help: EXAMPLE }));
  const { generateUnitTest } = await import("../../commands/generate-unit-test.ts");
  const { exitCode, value } = await generateUnitTest(context, { ...projectInputOf(call), model, rows });
  if (value !== undefined)
    printAnswer(
      call,
      () => [
        value.path,
        `  ${value.name}: expects ${countOf(value.expected, "row")} of ${model}, and passes`,
        ...value.given.map(({ input, rows: given }) => `  ${input}: ${countOf(given, "row")}`),
      ],
      () => [value],
    );
  return exitCode;
};

const ROWS = 5;

const refuse = (context: CommandContext, diagnostic: Diagnostic): ExitCode => {
  context.emit({ kind: "diagnostic", diagnostic });
  return exitOf([diagnostic]);
};
