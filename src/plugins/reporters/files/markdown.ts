/** A report to read: what came of the run, what is not well with its rows, what took longest. Fits a number of bytes. */
import {
  type CaseBlock,
  type CaseOutcome,
  isBad,
  type Report,
  type ReportedCase,
  titleOf,
} from "../../../domain/report.ts";
import { placeOf } from "../../../domain/show-diagnostic.ts";
import { countOf, countText, durationText } from "../../../lib/duration.ts";
import { markdownFence, markdownTable, markdownText } from "../../../lib/markdown.ts";
import { cut } from "./block-text.ts";

export const markdown = (report: Report): string => markdownWithin(report, Number.POSITIVE_INFINITY);

/** What is not well is left out from the end, and counted, where the bytes do not suffice. */
export const markdownWithin = (report: Report, mostBytes: number): string => {
  const { cases } = report;
  const troubles = [...cases.filter(isBad), ...cases.filter(({ outcome }) => outcome === "warn")].map(troubleText);
  const head = [`## ${headOf(report)}`, "", ...markdownTable(...summaryOf(cases)), ...factLines(report)].join("\n");
  const foot = slowest(cases);
  let left = mostBytes - bytesOf(head) - bytesOf(foot) - ROOM_FOR_REST;
  const shown = troubles.filter((text) => {
    left -= bytesOf(text);
    return left >= 0;
  });
  const more = troubles.length - shown.length;
  const rest = more === 0 ? [] : [`… and ${countText(more)} more that are not well, for which there is no room here.`];
  return `${[head, ...shown, ...rest, foot].filter((part) => part !== "").join("\n\n")}\n`;
};

const ROOM_FOR_REST = 200;

/** With the empty line before it. */
const bytesOf = (text: string): number => Buffer.byteLength(text) + 2;

const headOf = ({ command, project, target, state, ms }: Report): string => {
  const what = [`galley ${command ?? ""}`.trim(), ...(project === undefined ? [] : [`of ${project}`])].join(" ");
  const where = target === undefined ? "" : ` on ${target}`;
  const word = { succeeded: "done", failed: "failed", refused: "refused", cancelled: "stopped" }[state];
  const mark = state === "succeeded" ? "✅" : "❌";
  return `${mark} ${markdownText(`${what}${where}`)}: ${word} after ${durationText(ms)}`;
};

const KINDS = [
  ["node", "relations"],
  ["test", "tests"],
  ["freshness", "sources"],
  ["leakage", "feature columns"],
  ["source history", "source columns"],
  ["raw load", "raw loads"],
  ["migration", "migrations"],
  ["diagnostic", "diagnostics"],
] as const;

const OUTCOMES: readonly (readonly [CaseOutcome, string])[] = [
  ["pass", "well"],
  ["warn", "warning"],
  ["fail", "failed"],
  ["error", "error"],
  ["skipped", "skipped"],
  ["cancelled", "stopped"],
];

/** A row for each kind of case that there is, a column for each outcome that there is. */
const summaryOf = (
  cases: readonly ReportedCase[],
): readonly [readonly string[], readonly (readonly string[])[], readonly number[]] => {
  const kinds = KINDS.filter(([kind]) => cases.some((c) => c.kind === kind));
  const outcomes = OUTCOMES.filter(([of]) => of === "pass" || cases.some((c) => c.outcome === of));
  const count = (kind: string, of: CaseOutcome): string => {
    const found = cases.filter((c) => c.kind === kind && c.outcome === of).length;
    return found === 0 ? "" : countText(found);
  };
  const rows = kinds.map(([kind, title]) => [title, ...outcomes.map(([of]) => count(kind, of))]);
  return [["", ...outcomes.map(([, title]) => title)], rows, outcomes.map((_, i) => i + 1)];
};

const factLines = ({ cases, runId }: Report): readonly string[] => {
  const publish = cases.find(({ kind }) => kind === "publish");
  const facts = publish?.facts.map(({ name, value }) => `${name} ${value}`).join(", ") ?? "";
  const said = publish === undefined || publish.summary === "" ? facts : publish.summary;
  return ["", ...(publish === undefined ? [] : [`Publish: ${markdownText(said)}`, ""]), `Run \`${runId}\``];
};

const MARKS: Readonly<Record<CaseOutcome, string>> = {
  pass: "",
  warn: "⚠️",
  fail: "❌",
  error: "💥",
  skipped: "",
  cancelled: "",
};

const LONGEST_SUMMARY = 2000;

const troubleText = (one: ReportedCase): string => {
  const { outcome, subject, summary, place, blocks, facts } = one;
  // A diagnostic's frame says it at its place.
  const isSaid = blocks.some((block) => block.kind === "text" && block.text.includes(summary));
  const about = facts.filter((fact) => SHOWN_FACTS.includes(fact.name)).map((fact) => `${fact.name}: ${fact.value}`);
  const lines = [
    `### ${MARKS[outcome]} ${markdownText(titleOf(one))}`,
    "",
    [markdownText(subject), ...(place === undefined ? [] : [`\`${placeOf(place)}\``]), ...about.map(markdownText)].join(
      " · ",
    ),
    ...(isSaid ? [] : ["", `**${markdownText(cut(summary, LONGEST_SUMMARY))}**`]),
    ...blocks.flatMap((block) => ["", ...blockLines(block)]),
  ];
  return lines.join("\n");
};

const SHOWN_FACTS: readonly string[] = ["owner", "decided by"];

const LONGEST_CELL = 200;
const LONGEST_TEXT = 16 * 1024;

const blockLines = (block: CaseBlock): readonly string[] => {
  if (block.kind === "prose") return [markdownText(cut(block.text.replaceAll(/\s+/g, " "), LONGEST_SUMMARY))];
  if (block.kind === "text") return markdownFence("text", cut(block.text, LONGEST_TEXT));
  if (block.kind === "sql") return markdownFence("sql", cut(block.text, LONGEST_TEXT));
  const rows = block.rows.map((row) => row.map((cell) => (cell === null ? "NULL" : cut(cell, LONGEST_CELL))));
  return markdownTable(block.columns, rows);
};

const MOST_SLOW = 5;
const WORTH_A_LINE_MS = 1;

const slowest = (cases: readonly ReportedCase[]): string => {
  const nodes = cases
    .filter(({ kind, ms, outcome }) => kind === "node" && outcome === "pass" && ms >= WORTH_A_LINE_MS)
    .toSorted((a, b) => b.ms - a.ms)
    .slice(0, MOST_SLOW);
  if (nodes.length === 0) return "";
  const rows = nodes.map(({ relation, subject, rows: built, ms }) => [
    relation ?? subject,
    built === undefined ? "" : countOf(built, "row"),
    durationText(ms),
  ]);
  return ["### What took longest", "", ...markdownTable(["relation", "rows", "time"], rows, [1, 2])].join("\n");
};
