/** What a command line is answered with, in this process: diagnostics, and the lines of the answer. */
import { Readable } from "node:stream";
import { report } from "../../src/cli/flags.ts";
import { parse } from "../../src/cli/parse.ts";
import { reportTargets } from "../../src/cli/report-wishes.ts";
import { VERBS } from "../../src/cli/verbs/index.ts";
import type { CommandContext } from "../../src/commands/context.ts";
import type { Diagnostic } from "../../src/domain/diagnostic.ts";
import type { RunEvent } from "../../src/domain/event.ts";

export type Answered = { readonly diagnostics: readonly Diagnostic[]; readonly lines: readonly string[] };

export const answerTo = async (argv: readonly string[], root: string): Promise<Answered> => {
  const parsed = await parse({ argv, env: {}, verbs: VERBS, columns: 100 });
  if (parsed.kind === "wrong") return { diagnostics: parsed.diagnostics, lines: [] };
  if (parsed.kind === "text") return { diagnostics: [], lines: parsed.text.split("\n") };
  const reports = parsed.verb.flags.includes(report) ? reportTargets(parsed.read(report), root) : undefined;
  if (reports?.ok === false) return { diagnostics: reports.diagnostics, lines: [] };
  const events: RunEvent[] = [];
  const lines: string[] = [];
  await parsed.verb.run(
    quietContext(root, (event) => events.push(event)),
    {
      ...parsed,
      print: (text) => lines.push(text),
      hand: (text) => lines.push(text),
      note: () => {},
      width: 100,
    },
  );
  return { diagnostics: events.flatMap((e) => (e.kind === "diagnostic" ? [e.diagnostic] : [])), lines };
};

/** A world in which nobody answers questions and no signal comes. */
export const quietContext = (root: string, emit: (event: RunEvent) => void): CommandContext => ({
  projectDir: root,
  env: {},
  signal: new AbortController().signal,
  emit,
  now: () => new Date(0),
  runId: "00000000-0000-0000-0000-000000000000",
  version: "0.0.0",
  stdin: Readable.from([]),
  confirm: async () => false,
});
