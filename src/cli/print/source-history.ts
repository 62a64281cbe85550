/** What `check source-history` found: each change with its evidence, the rest counted, and what it was compared with. */
import type { HistoryReport } from "../../commands/answers.ts";
import {
  type HistoryColumn,
  type HistoryCoverage,
  historyExample,
  historyFacts,
  historyHead,
} from "../../domain/source-history.ts";
import { countOf } from "../../lib/duration.ts";
import { padEnd } from "../../lib/text-width.ts";

export const historyLines = ({ columns, coverage, undeclared }: HistoryReport): readonly string[] => [
  ...columns.flatMap((c) => (c.finding === undefined ? [] : [...changeLines(c, c.finding), ""])),
  ...coverage.flatMap((source) =>
    sourceLines(
      source,
      columns.filter((c) => c.node === source.node),
    ),
  ),
  ...(undeclared.length === 0
    ? []
    : [`not looked at, for nobody says when anything is known: ${undeclared.join(", ")}`]),
];

const changeLines = (verdict: HistoryColumn, finding: NonNullable<HistoryColumn["finding"]>): readonly string[] => [
  historyHead(verdict, finding),
  ...finding.examples.map((example) => `  ${historyExample(example)}`),
  ...historyFacts(finding).map(([label, text]) => `  ${padEnd(label, LABEL)} ${text}`),
];

const LABEL = 10;

const sourceLines = (source: HistoryCoverage, columns: readonly HistoryColumn[]): readonly string[] => {
  const { relation, photographs, since, rows, announced, sample, isKept } = source;
  const unchanged = columns.filter((c) => c.verdict === "unchanged").map((c) => c.column ?? "its rows");
  const unknown = columns.filter((c) => c.verdict === "not-proved" && c.column !== undefined).map((c) => c.column);
  const share = sample === undefined ? "" : `, a share of ${sample} of the keys`;
  const kept = isKept ? "photographed" : "not photographed";
  if (photographs === 0)
    return [`${relation}   ${countOf(rows, "row")}${share} ${kept}: there was nothing to compare with yet`];
  return [
    `${relation}   ${countOf(rows, "row")}${share} compared with ${countOf(photographs, "photograph")} since ${since} UTC, and ${kept}`,
    ...(unchanged.length === 0 ? [] : [`  unchanged  ${unchanged.join(", ")}`]),
    ...(unknown.length === 0 ? [] : [`  not-proved ${unknown.join(", ")}: no photograph has it as it is now`]),
    ...(announced === 0 ? [] : [`  ${countOf(announced, "row")} announced since, of events still to come`]),
  ];
};
