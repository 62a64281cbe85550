/** From all that happened to the report at the end: what failed and where to look, the counts, what became of live. */
import { countOf, countText, durationText } from "../../lib/duration.ts";
import { padEnd } from "../../lib/text-width.ts";
import { freshnessTable } from "./freshness-table.ts";
import type { Colors } from "./paint.ts";
import { failuresReport, type ReportStyle } from "./report-failures.ts";
import type { RunLog } from "./run-log.ts";

/** Lines, without a final line break. */
export const reportText = (log: RunLog, style: ReportStyle): string =>
  [freshnessTable(log, style), failuresReport(log, style), summary(log, style)]
    .filter((part) => part !== "")
    .join("\n\n");

const LABEL_WIDTH = 9;

const summary = (log: RunLog, { colors }: ReportStyle): string => {
  const rows: readonly (readonly [string, string])[] = [
    ["sources", sourcesText(log, colors)],
    ["nodes", joined(nodeCounts(log, colors))],
    ["tests", testsText(log, colors)],
    ["rejected", rejectedText(log, colors)],
    ["slowest", slowestText(log)],
    ["publish", publishText(log)],
  ];
  const lines = rows
    .filter(([, text]) => text !== "")
    .map(([label, text]) => `${colors.faint(padEnd(label, LABEL_WIDTH))} ${text}`);
  return [...lines, verdict(log, colors)].join("\n");
};

const joined = (parts: readonly string[]): string => parts.join(" · ");

const nodeCounts = ({ nodes }: RunLog, colors: Colors): readonly string[] => {
  const count = (...statuses: readonly string[]): number => nodes.filter((n) => statuses.includes(n.status)).length;
  const built = nodes.filter((n) => n.status === "success");
  const seeds = built.filter((n) => n.materialized === "seed").length;
  const snapshots = built.filter((n) => n.materialized === "snapshot").length;
  const models = built.length - seeds - snapshots;
  const kinds = [
    ...(models > 0 ? [countOf(models, "model")] : []),
    ...(seeds > 0 ? [countOf(seeds, "seed")] : []),
    ...(snapshots > 0 ? [countOf(snapshots, "snapshot")] : []),
  ];
  return [
    ...(kinds.length > 0 ? [`${listed(kinds)} built`] : []),
    ...some(count("kept"), "kept", (text) => text),
    ...some(count("error", "fail"), "failed", colors.error),
    ...some(count("skipped"), "skipped", colors.warning),
    ...some(count("cancelled"), "stopped", colors.warning),
  ];
};

/** a, b and c */
const listed = (parts: readonly string[]): string =>
  parts.length < 2 ? parts.join() : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;

const some = (count: number, word: string, color: (text: string) => string): readonly string[] =>
  count === 0 ? [] : [color(`${countText(count)} ${word}`)];

const testsText = ({ tests, started }: RunLog, colors: Colors): string => {
  if (tests.length === 0) return started?.command === "run" ? "none: `run` does not test, `build` does" : "";
  const count = (status: string): number => tests.filter((t) => t.status === status).length;
  return joined([
    ...some(count("pass"), "passed", (text) => text),
    ...some(count("warn"), count("warn") === 1 ? "warning" : "warnings", colors.warning),
    ...some(count("fail"), "failed", colors.error),
    ...some(count("error"), "could not be evaluated", colors.error),
    ...some(count("skipped"), "skipped", colors.warning),
    ...some(count("cancelled"), "stopped", colors.warning),
  ]);
};

const sourcesText = ({ sources }: RunLog, colors: Colors): string => {
  const count = (status: string): number => sources.filter((s) => s.status === status).length;
  return joined([
    ...some(count("pass"), "fresh", (text) => text),
    ...some(count("warn"), count("warn") === 1 ? "warning" : "warnings", colors.warning),
    ...some(count("fail"), "stale", colors.error),
    ...some(count("error"), "could not be asked", colors.error),
    ...some(count("cancelled"), "stopped", colors.warning),
  ]);
};

const rejectedText = ({ rawLoads }: RunLog, colors: Colors): string => {
  const rejecting = rawLoads.filter((r) => r.rejected > 0);
  if (rejecting.length === 0) return "";
  const parts = rejecting.map((r) => `${countOf(r.rejected, "row")} of ${r.file}`);
  return `${colors.warning(joined(parts))}, kept with their reasons in galley.quarantine`;
};

const WORTH_MENTIONING_MS = 500;
const MOST_MENTIONED = 3;

const slowestText = ({ nodes }: RunLog): string =>
  joined(
    nodes
      .filter((n) => n.status === "success" && n.ms >= WORTH_MENTIONING_MS)
      .toSorted((a, b) => b.ms - a.ms)
      .slice(0, MOST_MENTIONED)
      .map((n) => `${n.relation} ${durationText(n.ms)}`),
  );

/** Shorter waits are part of every publish. */
const WORTH_A_WORD_MS = 100;

const publishText = ({ publish, waits }: RunLog): string => {
  if (publish?.status !== "published") return "";
  const names = new Set(
    waits.flatMap((w) => w.holders.map((h) => `${h.application === "" ? "a session" : h.application} (pid ${h.pid})`)),
  );
  const whom = names.size > 0 ? ` for ${[...names].join(", ")}` : "";
  return joined([
    countOf(publish.relations, "relation"),
    `live locked for ${Math.round(publish.lockedMs)} ms`,
    ...(publish.waitedMs >= WORTH_A_WORD_MS ? [`waited ${durationText(publish.waitedMs)}${whom}`] : []),
    ...(publish.attempts > 1 ? [`${publish.attempts} attempts`] : []),
    ...(publish.mixed === undefined ? [] : [mixedText(publish.mixed)]),
  ]);
};

const mixedText = ({
  batches,
  from,
  until,
}: {
  readonly batches: number;
  readonly from: string;
  readonly until: string;
}): string => `in ${batches} batches: live was of two days from ${from} to ${until}`;

const PUBLISHING: readonly string[] = ["build", "run", "retry", "snapshot"];

const verdict = ({ finished, started, publish, nodes }: RunLog, colors: Colors): string => {
  if (finished === undefined) return colors.error("The run did not come to its end");
  const time = durationText(finished.ms);
  if (finished.state === "succeeded") return colors.good(`Done in ${time}`);
  const isLiveUntouched = PUBLISHING.includes(started?.command ?? "") && publish?.status !== "published";
  if (publish?.status === "partly") return colors.error(`Failed after ${time}; live is of two days, as said above`);
  if (publish?.status === "unknown") return colors.error(`Failed after ${time}; whether live is new is not known yet`);
  const hasWork = nodes.some((n) => n.status === "success" || n.status === "kept");
  const wayOn = hasWork ? "; `galley retry` goes on from here" : "";
  const live = isLiveUntouched ? `; live is unchanged${wayOn}` : "";
  const word = { failed: "Failed", refused: "Refused", cancelled: "Stopped" }[finished.state];
  return colors.error(`${word} after ${time}${live}`);
};
