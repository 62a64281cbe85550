/** The number that a command ends with, and which of several wins. The same for every verb. */
import { CODES } from "./codes.ts";
import type { Diagnostic } from "./diagnostic.ts";

/** 0 well · 1–6 as in codes/entry.ts · 130 SIGINT · 143 SIGTERM. */
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 130 | 143;

/** Worst first: the machine's trouble hides the data's, and both hide what was merely not started. */
const PRECEDENCE: readonly ExitCode[] = [130, 143, 4, 3, 1, 6, 2, 5];

export const worstExit = (codes: Iterable<ExitCode>): ExitCode => {
  const seen = new Set(codes);
  return PRECEDENCE.find((code) => seen.has(code)) ?? 0;
};

/** Errors ask for the exit code of their own kind; warnings ask for none. */
export const exitOf = (diagnostics: Iterable<Diagnostic>): ExitCode =>
  worstExit([...diagnostics].filter((d) => d.severity === "error").map((d) => CODES[d.code].exit));
