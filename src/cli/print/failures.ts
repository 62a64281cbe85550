/** Found failures as people read them (a run held against an earlier one, the history of a test), and as JSON lines. */
import type { ComparedRow, ComparedTest, FoundFailures, RecordedRun, TestResult } from "../../domain/found-failures.ts";
import { agoText, countOf, countText } from "../../lib/duration.ts";
import { tableLines } from "../../lib/table.ts";

type Style = { readonly width: number; readonly rows: number; readonly now: Date };

export const failuresText = (found: FoundFailures, style: Style): string =>
  found.kind === "history" ? historyText(found, style) : comparedText(found, style);

type Compared = Extract<FoundFailures, { kind: "compared" }>;

const comparedText = ({ run, tests }: Compared, style: Style): string => {
  const head = `${runText(run, style.now)} ${run.state}`;
  if (tests.length === 0) return `${head}\n\nno test failed, and none that failed before passes now`;
  return [head, ...tests.map((test) => testText(test, style))].join("\n\n");
};

/** `build 7f3f0e0e of 2026-11-27 03:00 UTC, 13 h 05 m ago` */
const runText = ({ id, command, startedAt }: RecordedRun, now: Date): string =>
  `${command} ${id.slice(0, 8)} of ${timeText(startedAt)}, ${agoText(now.getTime() - Date.parse(startedAt))} ago,`;

const timeText = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;

const MARK_WIDTH = "warning".length;
const MARKS: Readonly<Record<string, string>> = { fail: "failed", warn: "warning", error: "error", pass: "passed" };

const testText = (test: ComparedTest, { width, rows, now }: Style): string => {
  const head = `${(MARKS[test.status] ?? test.status).padEnd(MARK_WIDTH)}  ${test.name}`;
  const place = test.at === undefined ? "" : `  ${test.at}`;
  const shown = test.found.slice(0, rows);
  const left = test.found.length - shown.length;
  return [
    head + place,
    ...(test.owner === undefined ? [] : [`  owner: ${test.owner}`]),
    `  ${countsText(test)}${changeText(test, now)}`,
    ...foundLines(shown, test.columns, width - 4).map((line) => `    ${line}`),
    ...(left === 0 ? [] : [`    … and ${countText(left)} more: --limit shows them`]),
  ].join("\n");
};

const countsText = ({ status, failures, rows }: TestResult): string => {
  if (status === "error") return "could not be evaluated";
  if (failures === 0) return "no row fails any more";
  return rows === undefined ? countOf(failures, "row") : `${countText(failures)} of ${countOf(rows, "row")}`;
};

/** `: 1 new, 2 still there, 1 gone since build 7f3f0e0e of 2026-11-27 03:00 UTC` */
const changeText = (test: ComparedTest, now: Date): string => {
  const { status, before, new: added, still, gone } = test;
  if (status === "error") return "";
  if (before === undefined) return "; no earlier run has tested this";
  const since = `since ${runText(before.run, now).replace(/,$/, "")}`;
  if (added === undefined || still === undefined || gone === undefined)
    return `; which are new ${since} is not known: not all rows are stored`;
  const parts = [[added, "new"] as const, [still, "still there"] as const, [gone, "gone"] as const];
  const said = parts.filter(([count]) => count > 0).map(([count, word]) => `${countText(count)} ${word}`);
  return said.length === 0 ? "" : `: ${said.join(", ")} ${since}`;
};

const WORDS: Readonly<Record<ComparedRow["is"], string>> = { new: "new", still: "still", gone: "gone", unknown: "?" };

const foundLines = (found: readonly ComparedRow[], columns: readonly string[], width: number): readonly string[] => {
  if (found.length === 0) return [];
  const rows = found.map(({ is, row }) => [WORDS[is], ...columns.map((c) => row[c] ?? null)]);
  return tableLines({ columns: ["", ...columns], rows, width });
};

const historyText = ({ name, runs }: Extract<FoundFailures, { kind: "history" }>, { width }: Style): string => {
  const rows = runs.map(({ run, status, failures, rows: judged, stored }) => [
    timeText(run.startedAt),
    run.id.slice(0, 8),
    run.command,
    status,
    countText(failures),
    judged === undefined ? "" : countText(judged),
    countText(stored),
  ]);
  const columns = ["started", "run", "command", "status", "failures", "of rows", "stored"];
  return [name, ...tableLines({ columns, rows, width })].join("\n");
};

/** One object a test, or a run of its history. */
export const failuresRecords = (found: FoundFailures): readonly object[] => {
  if (found.kind === "history")
    return found.runs.map(({ run, ...result }) => ({
      test: found.test,
      name: found.name,
      run: runRecord(run),
      ...result,
    }));
  return found.tests.map(({ before, ...test }) => ({
    run: runRecord(found.run),
    ...test,
    before: before && { ...before, run: runRecord(before.run) },
  }));
};

const runRecord = ({ id, command, state, startedAt }: RecordedRun) => ({ id, command, state, started_at: startedAt });
