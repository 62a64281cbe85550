/** One line for each thing that happened: the status first, then what it is, how much, how long. */
import type { NodeStatus, RunEvent, TestStatus } from "../../domain/event.ts";
import { countOf, countText, durationText } from "../../lib/duration.ts";
import { padEnd } from "../../lib/text-width.ts";
import type { Colors } from "./paint.ts";
import type { EventOf } from "./run-log.ts";

type Word = { readonly text: string; readonly color: (colors: Colors) => (text: string) => string };

const good = (text: string): Word => ({ text, color: (c) => c.good });
const warned = (text: string): Word => ({ text, color: (c) => c.warning });
const bad = (text: string): Word => ({ text, color: (c) => c.error });
const faint = (text: string): Word => ({ text, color: (c) => c.faint });

const STATUS_WORDS: Readonly<Record<NodeStatus | TestStatus, Word>> = {
  success: good("OK"),
  pass: good("PASS"),
  warn: warned("WARN"),
  fail: bad("FAIL"),
  error: bad("ERROR"),
  skipped: faint("SKIP"),
  cancelled: faint("STOP"),
};

const LONGEST_STATUS = 5;

export const statusText = (status: NodeStatus | TestStatus, colors: Colors): string => {
  const word = STATUS_WORDS[status];
  return word.color(colors)(word.text) + " ".repeat(LONGEST_STATUS - word.text.length);
};

/** `OK    table  stats.team_form  7,380 rows  0.12 s` */
export const nodeText = (event: EventOf<"node_finished">, colors: Colors): string => {
  const what = `${colors.faint(padEnd(event.materialized.replace("_", " "), KIND_WIDTH))} ${event.relation}`;
  const head = `${statusText(event.status, colors)} ${what}`;
  if (event.status === "skipped" || event.status === "cancelled") return withReason(head, event.because, colors);
  const rows = event.rows === undefined ? [] : [countOf(event.rows, "row")];
  return [head, ...rows, durationText(event.ms)].join("  ");
};

const KIND_WIDTH = 5;

export const testText = (event: EventOf<"test_finished">, colors: Colors): string => {
  const head = `${statusText(event.status, colors)} ${colors.faint(padEnd("test", KIND_WIDTH))} ${event.name}`;
  if (event.status === "skipped" || event.status === "cancelled") return withReason(head, event.because, colors);
  const failing = event.status === "fail" || event.status === "warn" ? [failuresText(event)] : [];
  return [head, ...failing, durationText(event.ms)].join("  ");
};

/** `3 of 7,380 rows` */
export const failuresText = ({ failures, rows }: EventOf<"test_finished">): string =>
  rows === undefined ? countOf(failures, "row") : `${countText(failures)} of ${countOf(rows, "row")}`;

const withReason = (head: string, because: string | undefined, colors: Colors): string =>
  because === undefined ? head : `${head}  ${colors.faint(because)}`;

export const rawLoadText = (event: EventOf<"raw_loaded">, colors: Colors): string => {
  const label = colors.faint(padEnd("raw", KIND_WIDTH));
  if (event.isSkipped)
    return `${statusText("success", colors)} ${label} ${event.mapping}  ${colors.faint("unchanged")}`;
  const status = statusText(event.rejected > 0 ? "warn" : "success", colors);
  const steps = event.steps.map(({ into, counts }) => `${into} ${countsText(counts)}`);
  return [`${status} ${label} ${event.mapping}`, ...steps, durationText(event.ms)].join("  ");
};

type Counts = EventOf<"raw_loaded">["steps"][number]["counts"];

/** What is zero is left out; `unchanged` stands alone when nothing else happened. */
const countsText = (counts: Counts): string => {
  const parts = (["inserted", "updated", "unchanged", "merged", "rejected"] as const)
    .filter((key) => counts[key] > 0)
    .map((key) => `${countText(counts[key])} ${key}`);
  return parts.length === 0 ? "no rows" : parts.join(", ");
};

export const waitText = ({ reason, holders }: EventOf<"publish_waiting">): string => {
  const who = holders.map(
    (h) => `${h.application === "" ? "a session" : h.application} (pid ${h.pid}, ${durationText(h.ageMs)})`,
  );
  const what = reason === "old_snapshot" ? "transactions that began before the build" : "locks on live";
  return `publish waits for ${what}: ${who.join(", ")}`;
};

/** What happens beside nodes and tests, in a line; undefined where there is nothing to say. */
export const sideText = (event: RunEvent, colors: Colors): string | undefined => {
  switch (event.kind) {
    case "server_started":
      return colors.faint(
        `PostgreSQL ${event.version} ${event.isFirstStart ? "was set up and started" : "started"} in ${durationText(event.ms)}`,
      );
    case "migration_applied":
      return `${statusText("success", colors)} ${colors.faint("migration")} ${event.name}  ${durationText(event.ms)}`;
    case "raw_loaded":
      return rawLoadText(event, colors);
    case "note":
      return colors.faint(event.message);
    case "publish_waiting":
      return colors.warning(waitText(event));
    case "statement":
      return colors.faint(
        `${durationText(event.ms)}  ${event.sqlstate === undefined ? "" : `${event.sqlstate}  `}${event.text.trim()}`,
      );
    default:
      return undefined;
  }
};
