/** The part of the report that tells what is wrong: tests with their rows and a query for all of them, nodes by name. */
import { limitText } from "../../domain/freshness.ts";
import { placeOf } from "../../domain/show-diagnostic.ts";
import type { Span } from "../../domain/source.ts";
import type { RowDifferences } from "../../domain/unit-test.ts";
import { agoText, countText } from "../../lib/duration.ts";
import { tableLines } from "../../lib/table.ts";
import { cutTo } from "../../lib/text-width.ts";
import { failuresText } from "./event-text.ts";
import type { Colors } from "./paint.ts";
import { ARROW, differenceLines, differencesText } from "./row-differences.ts";
import type { EventOf, RunLog } from "./run-log.ts";

export type ReportStyle = { readonly colors: Colors; readonly width: number };

export const failuresReport = ({ tests, nodes, sources, publish }: RunLog, style: ReportStyle): string => {
  const stand = publish?.status === "published" ? "live" : "as tested";
  return [
    ...sources.filter((s) => s.status !== "pass").map((s) => agingSource(s, style)),
    ...tests.filter((t) => t.status === "warn").map((t) => failingTest(t, stand, style)),
    [
      ...nodes.filter((n) => n.status === "error" || n.status === "fail").map((n) => failedNode(n, style)),
      ...tests.filter((t) => t.status === "error").map((t) => unevaluatedTest(t, style)),
    ].join("\n"),
    // The reader's question stands last, next to the prompt.
    ...tests.filter((t) => t.status === "fail").map((t) => failingTest(t, stand, style)),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
};

type Mark = "failed" | "error" | "warning";

const MARK_WIDTH = "warning".length;
const INDENT = "  ";

const headline = (mark: Mark, name: string, at: Span | undefined, colors: Colors): string => {
  const color = mark === "warning" ? colors.warning : colors.error;
  const place = at === undefined ? "" : `  ${colors.faint(placeOf(at))}`;
  return `${color(mark)}${" ".repeat(MARK_WIDTH - mark.length)}  ${colors.strong(name)}${place}`;
};

/** Where the rows can be seen when the run is over. */
type Stand = "live" | "as tested";

const failingTest = (test: EventOf<"test_finished">, stand: Stand, { colors, width }: ReportStyle): string => {
  const { sample, differences } = test;
  const isShown = sample !== undefined && sample.rows.length > 0;
  const isCut = test.failCalc === undefined && isShown && sample.rows.length < test.failures;
  const cut = isCut ? `, the first ${countText(sample.rows.length)}` : "";
  const { findings } = test;
  const isCounted = test.failures > 0 || findings === undefined;
  const lines = [
    headline(test.status === "warn" ? "warning" : "failed", test.name, test.at, colors),
    ...aboutTest(test).map((line) => INDENT + colors.faint(cutTo(line, Math.max(width - INDENT.length, 24)))),
    ...(findings === undefined
      ? []
      : [`${INDENT}${test.because ?? ""}`, ...findings.map((line) => INDENT + INDENT + line)]),
    ...(isCounted ? [`${INDENT}${failuresText(test)}${subjectText(test)}${cut}${isShown ? ":" : ""}`] : []),
  ];
  if (differences !== undefined) return [...lines.slice(0, -1), ...differing(differences, colors, width)].join("\n");
  if (sample === undefined) return lines.join("\n");
  const { columns, rows } = sample;
  const table = isShown ? tableLines({ columns, rows, width: width - INDENT.length * 2 }) : [];
  const shown = [...lines, ...table.map((line) => `${INDENT}${INDENT}${line}`)];
  if (sample.query === "") return shown.join("\n");
  const query = `${stand === "live" ? sample.liveQuery : sample.query}${/--[^\n]*$/.test(sample.query) ? "\n" : ""};`;
  return [
    ...shown,
    `${INDENT}${colors.faint("all of them:")}`,
    ...query.split("\n").map((line) => `${INDENT}${INDENT}${line}`),
  ].join("\n");
};

/** What its author says of it, and whom to ask. */
const aboutTest = ({ description, owner }: EventOf<"test_finished">): readonly string[] => [
  ...(description === undefined ? [] : [description.replaceAll(/\s+/g, " ")]),
  ...(owner === undefined ? [] : [`owner: ${owner}`]),
];

/** ` of orders, in column state` */
const subjectText = ({ node, column }: EventOf<"test_finished">): string =>
  (node === undefined ? "" : ` of ${node.split(".").slice(2).join(".")}`) +
  (column === undefined ? "" : `, in column ${column}`);

const differing = (differences: RowDifferences, colors: Colors, width: number): readonly string[] => [
  `${INDENT}${differencesText(differences)}:`,
  ...differenceLines(differences, width - INDENT.length * 2).map(
    (line) => `${INDENT}${INDENT}${painted(line, colors)}`,
  ),
];

/** Cells that differ stand out. */
const painted = (line: string, colors: Colors): string =>
  line.replaceAll(
    /(\S+(?: \S+)*) → (\S+(?: \S+)*)/g,
    (_, expected: string, actual: string) => `${colors.good(expected)} ${ARROW} ${colors.error(actual)}`,
  );

const agingSource = (
  { status, name, at, ageMs, newest, because, ...source }: EventOf<"freshness_checked">,
  { colors }: ReportStyle,
): string => {
  const mark = status === "warn" ? "warning" : status === "fail" ? "failed" : "error";
  const head = headline(mark, name, at, colors);
  if (status === "error" || status === "cancelled") return head;
  const limit = status === "fail" ? source.errorAfter : source.warnAfter;
  const allowed = limit === undefined ? "" : `, and may be ${limitText(limit)} old`;
  const said = because ?? `its newest row is ${agoText(ageMs ?? 0)} old (${newest})${allowed}`;
  return `${head}\n${INDENT}${said}`;
};

/** The diagnostic itself went to standard error when it happened: here only what it was about, and where to look. */
const failedNode = (node: EventOf<"node_finished">, { colors }: ReportStyle): string =>
  headline(node.status === "fail" ? "failed" : "error", node.relation, node.diagnostic?.at, colors);

const unevaluatedTest = (test: EventOf<"test_finished">, { colors }: ReportStyle): string =>
  headline("error", test.name, test.at, colors);
