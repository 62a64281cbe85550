/** What `--report` says in; where each report goes out, or what is wrong with it, found before the run begins. */
import { accessSync, constants, mkdirSync, realpathSync, rmSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { type Diagnostic, errorOf, type Outcome, outcomeOf } from "../domain/diagnostic.ts";
import { suggest } from "../lib/suggest.ts";
import { REPORT_FILE_KINDS, type ReportFileKind } from "../plugins/reporters/files/index.ts";

export type ReportTarget =
  | { readonly kind: "github" }
  | { readonly kind: "file"; readonly format: ReportFileKind; readonly path: string };

const GITHUB = "github";
const KINDS: readonly string[] = [...REPORT_FILE_KINDS, GITHUB];

/** `folder`: what paths are relative to. What is wrong with how they are written is told before any file is touched. */
export const reportTargets = (words: readonly string[], folder: string): Outcome<readonly ReportTarget[]> => {
  const wrong: Diagnostic[] = [];
  const targets: ReportTarget[] = [];
  for (const word of words) {
    const target = readReport(word, folder);
    if (target.kind === "wrong") wrong.push(target.diagnostic);
    else if (target.kind === "file" && targets.some((t) => t.kind === "file" && t.path === target.path))
      wrong.push(
        errorOf("cli/bad-report", `two reports would go to ${target.path}`, { help: "give each its own file" }),
      );
    else targets.push(target);
  }
  if (wrong.length > 0) return { ok: false, diagnostics: wrong };
  const cleared = targets.map(clearWay);
  return outcomeOf(
    () => cleared.flatMap((one) => (one.ok ? [one.value] : [])),
    cleared.flatMap((one) => (one.ok ? [] : one.diagnostics)),
  );
};

type Read = ReportTarget | { readonly kind: "wrong"; readonly diagnostic: Diagnostic };

const readReport = (word: string, folder: string): Read => {
  const at = word.indexOf("=");
  const kind = at === -1 ? word : word.slice(0, at);
  const path = at === -1 ? "" : word.slice(at + 1);
  const format = REPORT_FILE_KINDS.find((known) => known === kind);
  if (kind === GITHUB)
    return path === ""
      ? { kind: GITHUB }
      : bad(`--report github goes to the log and the job's summary, not to ${path}`, "leave the path out");
  if (format === undefined) {
    const near = suggest(kind, KINDS);
    return bad(
      `there is no report of kind "${kind}"`,
      near === undefined ? `the kinds are ${KINDS.join(", ")}` : `did you mean "${near}"?`,
    );
  }
  if (path === "")
    return bad(`--report ${kind} needs a file`, `for example: --report ${kind}=target/${EXAMPLES[format]}`);
  return { kind: "file", format, path: resolve(folder, path) };
};

const EXAMPLES: Readonly<Record<ReportFileKind, string>> = {
  junit: "junit.xml",
  markdown: "report.md",
  gitlab: "code-quality.json",
  "run-results": "run_results.json",
  json: "events.json",
};

const bad = (message: string, help: string): Read => ({
  kind: "wrong",
  diagnostic: errorOf("cli/bad-report", message, { help }),
});

/**
 * Makes the folder, and takes an earlier run's report away, so that none is left that tells of another run. What is no
 * file (a device, a folder) is refused: it would be replaced.
 */
const clearWay = (target: ReportTarget): Outcome<ReportTarget> => {
  if (target.kind === GITHUB) return outcomeOf(() => target, []);
  const { path } = target;
  try {
    const facts = statSync(path, { throwIfNoEntry: false });
    if (facts !== undefined && !facts.isFile()) return unwritable(path, "it is no file");
    // What a link leads to is written, and the link stays.
    const real = facts === undefined ? path : realpathSync(path);
    mkdirSync(dirname(real), { recursive: true });
    accessSync(dirname(real), constants.W_OK);
    rmSync(real, { force: true });
    return outcomeOf(() => ({ ...target, path: real }), []);
  } catch (error) {
    return unwritable(path, error instanceof Error ? error.message : String(error));
  }
};

const unwritable = (path: string, why: string): Outcome<never> => ({
  ok: false,
  diagnostics: [
    errorOf("cli/unwritable-report", `the report ${path} cannot be written: ${why}`, {
      help: "name a file in a folder that can be written to",
    }),
  ],
});
