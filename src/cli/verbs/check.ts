import type { CommandContext } from "../../commands/context.ts";
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import { type ExitCode, exitOf } from "../../domain/exit-code.ts";
import {
  cutoffAt,
  cutoffs,
  keep,
  LEAKAGE,
  PROJECT,
  report,
  SELECTION,
  sample,
  seed,
  strict,
  threads,
} from "../flags.ts";
import { printAnswer } from "../print/answer.ts";
import { checkedLines } from "../print/checked.ts";
import { leakageLines } from "../print/leakage.ts";
import { historyLines } from "../print/source-history.ts";
import { type Call, projectInputOf, selectInputOf, type Verb } from "../verb.ts";

type Check = (context: CommandContext, call: Call) => Promise<ExitCode>;

const incremental: Check = async (context, call) => {
  const { checkIncremental } = await import("../../commands/check-incremental.ts");
  const { exitCode, value = [] } = await checkIncremental(context, { ...projectInputOf(call), ...selectInputOf(call) });
  printAnswer(
    call,
    () => checkedLines(value, call.width),
    () => value,
  );
  return exitCode;
};

const CUTOFFS = 8;

const leakage: Check = async (context, call) => {
  const wrong = wrongNumbers(call);
  for (const diagnostic of wrong) context.emit({ kind: "diagnostic", diagnostic });
  if (wrong.length > 0) return exitOf(wrong);
  const { checkLeakage } = await import("../../commands/check-leakage.ts");
  const { exitCode, value } = await checkLeakage(context, {
    ...projectInputOf(call),
    ...selectInputOf(call),
    threads: call.read(threads),
    cutoffs: call.read(cutoffs) ?? CUTOFFS,
    at: call.read(cutoffAt),
    seed: call.read(seed),
    sample: call.read(sample),
    isStrict: call.read(strict),
  });
  if (value !== undefined)
    printAnswer(
      call,
      () => leakageLines(value),
      // The verdicts are events already.
      () => [value.coverage],
    );
  return exitCode;
};

const KEPT = 30;

const sourceHistory: Check = async (context, call) => {
  const wrong = wrongNumbers(call);
  for (const diagnostic of wrong) context.emit({ kind: "diagnostic", diagnostic });
  if (wrong.length > 0) return exitOf(wrong);
  const { checkSourceHistory } = await import("../../commands/check-source-history.ts");
  const { exitCode, value } = await checkSourceHistory(context, {
    ...projectInputOf(call),
    ...selectInputOf(call),
    keep: call.read(keep) ?? KEPT,
    sample: call.read(sample),
    isStrict: call.read(strict),
  });
  if (value !== undefined)
    printAnswer(
      call,
      () => historyLines(value),
      // The verdicts are events already.
      () => value.coverage,
    );
  return exitCode;
};

const wrongNumbers = (call: Call): readonly Diagnostic[] => {
  const wrong = (message: string, help: string): Diagnostic => errorOf("cli/bad-value", message, { help });
  const count = call.read(cutoffs) ?? 1;
  const share = call.read(sample) ?? 1;
  const number = call.read(seed) ?? 0;
  const kept = call.read(keep) ?? 1;
  return [
    ...(Number.isInteger(count) && count >= 1
      ? []
      : [wrong("--cutoffs takes a whole number from 1", "for example --cutoffs 20")]),
    ...(share > 0 && share <= 1
      ? []
      : [wrong("--sample takes a share above 0, and at most 1", "for example --sample 0.1")]),
    ...(Number.isInteger(kept) && kept >= 0
      ? []
      : [wrong("--keep takes a whole number", "for example --keep 30; --keep 0 takes no photograph")]),
    ...(Number.isSafeInteger(number) ? [] : [wrong("--seed takes a whole number", "for example --seed 7")]),
  ];
};

const CHECKS: Readonly<Record<string, Check>> = {
  incremental,
  leakage,
  "source-history": sourceHistory,
};

export const check: Verb = {
  name: "check",
  describe: "Prove something of models by building the past again, beside live",
  positionals: [{ name: "what", isRequired: true, describe: Object.keys(CHECKS).join(", ") }],
  flags: [...SELECTION, ...PROJECT, threads, ...LEAKAGE, report],
  examples: [
    { command: "galley check incremental", means: "whether incremental models hold what a full build holds" },
    { command: "galley check incremental -s daily_totals", means: "one of them" },
    { command: "galley check leakage", means: "whether features knew what was known only later" },
    { command: "galley check leakage --cutoffs 20", means: "the same at more instants of the past" },
    { command: "galley check source-history", means: "whether the past of the sources stayed as photographed" },
  ],
  run: async (context, call) => {
    const [what = ""] = call.words;
    const known = Object.hasOwn(CHECKS, what) ? CHECKS[what] : undefined;
    if (known !== undefined) return known(context, call);
    const diagnostic = errorOf("cli/unknown-verb", `galley check does not know "${what}"`, {
      help: `it knows ${Object.keys(CHECKS).join(", ")}`,
    });
    context.emit({ kind: "diagnostic", diagnostic });
    return exitOf([diagnostic]);
  },
};
