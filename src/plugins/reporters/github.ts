/** A report for GitHub Actions: annotations as lines that its runner reads, and what goes into the job's summary. */
import type { Output } from "../../domain/contracts/reporter.ts";
import { type Report, type ReportedCase, titleOf } from "../../domain/report.ts";
import { countText } from "../../lib/duration.ts";
import { positionAt } from "../../lib/text-position.ts";
import { cut } from "./files/block-text.ts";
import { markdownWithin } from "./files/markdown.ts";
import type { ReportSetting } from "./files/setting.ts";

/** GitHub shows so many of each level for a step, and drops the rest without a word. */
const MOST_OF_A_LEVEL = 10;

/** `::error file=models/a.yml,line=3,endLine=3,title=…::3 of 7 rows`, one a line; empty where all is well. */
export const annotations = ({ cases }: Report, setting: ReportSetting): string => {
  // What could not be judged stands before what failed: it often explains the rest.
  const errors = [...cases.filter((c) => c.outcome === "error"), ...cases.filter((c) => c.outcome === "fail")];
  const warnings = cases.filter((c) => c.outcome === "warn");
  return [...leveled("error", errors, setting), ...leveled("warning", warnings, setting)]
    .map((line) => `${line}\n`)
    .join("");
};

type Level = "error" | "warning";

const leveled = (level: Level, cases: readonly ReportedCase[], setting: ReportSetting): readonly string[] => {
  if (cases.length <= MOST_OF_A_LEVEL) return cases.map((one) => annotation(level, one, setting));
  const shown = cases.slice(0, MOST_OF_A_LEVEL - 1);
  const more = `and ${countText(cases.length - shown.length)} more: the summary of the job has them all`;
  return [...shown.map((one) => annotation(level, one, setting)), `::${level} title=galley::${data(more)}`];
};

const LONGEST_MESSAGE = 2000;

const annotation = (level: Level, one: ReportedCase, { pathPrefix }: ReportSetting): string => {
  const { place, summary } = one;
  const properties = [
    ...(place === undefined ? [] : [["file", `${pathPrefix}${place.file.path}`] as const, ...linesOf(place)]),
    ["title", titleOf(one)] as const,
  ];
  const listed = properties.map(([key, value]) => `${key}=${property(String(value))}`).join(",");
  return `::${level} ${listed}::${data(cut(summary, LONGEST_MESSAGE))}`;
};

/** Columns are said only where they are of one line. */
const linesOf = ({ file, start, end }: NonNullable<ReportedCase["place"]>): readonly (readonly [string, number])[] => {
  const from = positionAt(file.text, start);
  const to = positionAt(file.text, Math.max(start, end - 1));
  if (from.line !== to.line)
    return [
      ["line", from.line],
      ["endLine", to.line],
    ];
  return [
    ["line", from.line],
    ["endLine", to.line],
    ["col", from.column],
    ["endColumn", to.column + 1],
  ];
};

/** As the runner takes it back. */
const data = (text: string): string => text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");

const property = (text: string): string => data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");

/** GitHub takes no more from a step, and nothing at all of a summary that is longer. */
const MOST_BYTES = 1024 * 1024;

/** What can be added to a summary that has bytes of earlier commands of the step already. */
export const stepSummary = (report: Report, bytesBefore: number): string => {
  const left = MOST_BYTES - bytesBefore;
  const text = `${markdownWithin(report, left - 2)}\n`;
  return Buffer.byteLength(text) <= left ? text : "";
};

/** The runner obeys lines that look like its commands, and a value of a failing row may look like one. */
const COMMANDS = /^([^\S\n]*):(?=:[a-z-]+(?: [^\n]*)?::)|##(?=\[[a-z-]+)/gim;

/** The same output, in which no line is a command of the runner. */
export const withoutCommands = (output: Output): Output => ({
  ...output,
  write: (text) => output.write(text.replace(COMMANDS, (found) => `${found} `)),
});
