/** One line for each thing that happened: the status first, then what it is, how much, how long. */
import type { NodeStatus, RunEvent, TestStatus } from "../../domain/event.ts";
import { agoText, countOf, countText, durationText } from "../../lib/duration.ts";
import { padEnd, padStart, textWidth } from "../../lib/text-width.ts";
import type { Colors } from "./paint.ts";
import type { EventOf } from "./run-log.ts";

type Word = { readonly text: string; readonly color: (colors: Colors) => (text: string) => string };

const good = (text: string): Word => ({ text, color: (c) => c.good });
const warned = (text: string): Word => ({ text, color: (c) => c.warning });
const bad = (text: string): Word => ({ text, color: (c) => c.error });
const faint = (text: string): Word => ({ text, color: (c) => c.faint });

const STATUS_WORDS: Readonly<Record<NodeStatus | TestStatus, Word>> = {
  success: good("OK"),
  kept: good("KEPT"),
  pass: good("PASS"),
  warn: warned("WARN"),
  fail: bad("FAIL"),
  error: bad("ERROR"),
  skipped: faint("SKIP"),
  cancelled: faint("STOP"),
};

const LONGEST_STATUS = 5;

const statusText = (status: NodeStatus | TestStatus, colors: Colors): string => {
  const word = STATUS_WORDS[status];
  return word.color(colors)(word.text) + " ".repeat(LONGEST_STATUS - word.text.length);
};

/** `OK    table   stats.team_form      7,380 rows    0.12 s`: columns, so that the eye runs down them. */
export const nodeText = (event: EventOf<"node_finished">, colors: Colors): string => {
  const kind = SHORT_KINDS[event.materialized] ?? event.materialized;
  const amount = event.rows === undefined ? "" : countOf(event.rows, "row");
  return line({ ...event, kind, name: event.relation, amount }, colors);
};

export const testText = (event: EventOf<"test_finished">, colors: Colors): string => {
  const isCounted = event.failures > 0 || event.findings === undefined;
  const amount = isCounted && (event.status === "fail" || event.status === "warn") ? failuresText(event) : "";
  return line({ ...event, kind: event.test.startsWith(UNIT_TEST) ? "unit" : "test", amount }, colors);
};

const UNIT_TEST = "unit_test.";

/** `PASS   source  raw.matches      2 h 05 m old    0.01 s` */
const freshnessText = (event: EventOf<"freshness_checked">, colors: Colors): string => {
  const { ageMs, because } = event;
  const amount = ageMs === undefined || because !== undefined ? "" : `${agoText(ageMs)} old`;
  const told = line({ ...event, kind: "source", amount }, colors);
  return because === undefined ? told : `${told}  ${colors.faint(because)}`;
};

type Finished = {
  readonly status: NodeStatus | TestStatus;
  readonly kind: string;
  readonly name: string;
  readonly amount: string;
  readonly ms: number;
  readonly because: string | undefined;
};

const KIND_WIDTH = 7;
const SHORT_KINDS: Readonly<Record<string, string>> = {
  materialized_view: "matview",
  incremental: "incr",
  snapshot: "history",
};
/** Up to where a reason begins. */
const NAME_WIDTH = 36;
/** A name to the left and an amount to the right share these columns. */
const BODY_WIDTH = 54;
const TIME_WIDTH = 7;

const line = ({ status, kind, name, amount, ms, because }: Finished, colors: Colors): string => {
  const head = `${statusText(status, colors)} ${colors.faint(padEnd(kind, KIND_WIDTH))} `;
  const isNotRun = status === "skipped" || status === "cancelled" || status === "kept";
  if (isNotRun) return head + (because === undefined ? name : `${padEnd(name, NAME_WIDTH)}  ${colors.faint(because)}`);
  return `${head}${bodyText(name, amount)}  ${padStart(durationText(ms), TIME_WIDTH)}`;
};

const bodyText = (name: string, amount: string): string => {
  const gap = amount === "" ? 0 : 2;
  return name + padStart(amount, Math.max(textWidth(amount) + gap, BODY_WIDTH - textWidth(name)));
};

/** `3 of 7,380 rows`; where one number over all of them decided, they did not fail each by itself. */
export const failuresText = ({ failures, failCalc, rows, sample }: EventOf<"test_finished">): string => {
  if (failCalc !== undefined) return `${countText(failures)} by ${failCalc}`;
  const columns = sample?.columns ?? [];
  if (columns.slice(-MEASURED.length).join() === MEASURED.join())
    return columns.length === MEASURED.length ? "1 measure" : countOf(failures, "group");
  return rows === undefined ? countOf(failures, "row") : `${countText(failures)} of ${countOf(rows, "row")}`;
};

/** The columns in which kinds show what they measured. */
const MEASURED = ["what", "value", "bound"];

const rawLoadText = (event: EventOf<"raw_loaded">, colors: Colors): string => {
  const label = colors.faint(padEnd("raw", KIND_WIDTH));
  if (event.isSkipped)
    return `${statusText("success", colors)} ${label} ${padEnd(event.mapping, NAME_WIDTH)}  ${colors.faint("unchanged")}`;
  const status = statusText(event.rejected > 0 ? "warn" : "success", colors);
  const time = padStart(durationText(event.ms), TIME_WIDTH);
  const head = `${status} ${label} ${bodyText(event.mapping, "")}  ${time}`;
  return [head, ...event.steps.map(({ into, counts }) => `${STEP_INDENT}${into}: ${countsText(counts)}`)].join("\n");
};

const STEP_INDENT = " ".repeat(LONGEST_STATUS + 1 + KIND_WIDTH + 1);

type Counts = EventOf<"raw_loaded">["steps"][number]["counts"];

/** What is zero is left out; `unchanged` stands alone when nothing else happened. */
const countsText = (counts: Counts): string => {
  const parts = (["inserted", "updated", "unchanged", "merged", "rejected"] as const)
    .filter((key) => counts[key] > 0)
    .map((key) => `${countText(counts[key])} ${key}`);
  return parts.length === 0 ? "no rows" : parts.join(", ");
};

const waitText = ({ reason, holders }: EventOf<"publish_waiting">): string => {
  const who = holders.map(
    (h) => `${h.application === "" ? "a session" : h.application} (pid ${h.pid}, ${durationText(h.ageMs)})`,
  );
  const what = reason === "old_snapshot" ? "transactions that began before the build" : "locks on live";
  return `publish waits for ${what}: ${who.join(", ")}`;
};

const lockText = ({ schema, holder }: EventOf<"lock_waiting">): string => {
  const what =
    holder.command === undefined ? holder.application : `\`galley ${holder.command}\` of project ${holder.project}`;
  const does = holder.does === "reads" ? "read" : "written";
  return `waits for schema ${schema}, which is ${does} by ${what} (run ${holder.runId}, user ${holder.user}, pid ${holder.pid}) since ${holder.since}`;
};

/** What happens beside nodes and tests, in a line; undefined where there is nothing to say. */
export const sideText = (event: RunEvent, colors: Colors): string | undefined => {
  switch (event.kind) {
    case "server_started":
      return colors.faint(
        `PostgreSQL ${event.version} ${event.isFirstStart ? "was set up and started" : "started"} in ${durationText(event.ms)}`,
      );
    case "migration_applied":
      return `${statusText("success", colors)} ${colors.faint(padEnd("migrate", KIND_WIDTH))} ${bodyText(event.name, "")}  ${padStart(durationText(event.ms), TIME_WIDTH)}`;
    case "raw_loaded":
      return rawLoadText(event, colors);
    case "freshness_checked":
      return freshnessText(event, colors);
    case "note":
      return colors.faint(event.message);
    case "lock_waiting":
      return colors.warning(lockText(event));
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
