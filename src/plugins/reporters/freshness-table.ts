/** What `galley freshness` was asked for: each source with its newest row, its age and what it may be, as a table. */
import { type Age, limitText } from "../../domain/freshness.ts";
import { agoText } from "../../lib/duration.ts";
import { tableLines } from "../../lib/table.ts";
import type { ReportStyle } from "./report-failures.ts";
import type { EventOf, RunLog } from "./run-log.ts";

/** Empty for a run that was asked for something else: there only what is stale is worth its room. */
export const freshnessTable = ({ started, sources }: RunLog, { width }: ReportStyle): string =>
  started?.command !== "freshness" || sources.length === 0
    ? ""
    : tableLines({ columns: COLUMNS, rows: sources.toSorted(byName).map(rowOf), width }).join("\n");

const COLUMNS = ["source", "status", "age", "newest row", "warn after", "error after"];

type Source = EventOf<"freshness_checked">;

const byName = (a: Source, b: Source): number => (a.name < b.name ? -1 : 1);

const WORDS = { pass: "fresh", warn: "warning", fail: "stale", error: "error", cancelled: "stopped" } as const;

const rowOf = ({ name, status, ageMs, newest, warnAfter, errorAfter }: Source): readonly string[] => [
  name,
  WORDS[status],
  ageText(ageMs),
  newest ?? NOTHING,
  allowed(warnAfter),
  allowed(errorAfter),
];

const NOTHING = "–";

const ageText = (ms: number | undefined): string => {
  if (ms === undefined || !Number.isFinite(ms)) return NOTHING;
  return ms < 0 ? `in ${agoText(-ms)}` : agoText(ms);
};

const allowed = (limit: Age | undefined): string => (limit === undefined ? NOTHING : limitText(limit));
