/** How old the rows of a source may be: what its property file says, the query that asks, and what an age means. */
import type { NodeId } from "./names.ts";
import type { Located, Span } from "./source.ts";
import type { Sql } from "./sql.ts";

export const PERIODS = ["minute", "hour", "day"] as const;

/** As written, `{ count: 12, period: hour }`. */
export type Age = { readonly count: number; readonly period: (typeof PERIODS)[number] };

export type Freshness = {
  /** A column or an expression whose greatest value counts, or a query of one value. */
  readonly loadedAt: Located<string> & { readonly kind: "field" | "query" };
  readonly warnAfter: Age | undefined;
  readonly errorAfter: Age | undefined;
  /** Of a field. */
  readonly filter: Located<string> | undefined;
  /** The table's own `freshness`, or its name where that is inherited. */
  readonly at: Span;
};

/** A source to be asked, decided before anything is sent. */
export type FreshnessCheck = Pick<Freshness, "warnAfter" | "errorAfter" | "at"> & {
  readonly source: NodeId;
  /** `raw.matches` */
  readonly name: string;
  /** Where it is said what is asked for. */
  readonly loadedAt: Span;
  /** One row: `newest` (UTC, as ISO 8601 writes it), `age` in seconds (Infinity too), `type` of what was asked for. */
  readonly query: Sql;
};

/** What the database said; `ageMs` is below zero for what is yet to come. */
export type Newest = {
  readonly newest: string | undefined;
  /** Undefined: there is no row, or none with a time. */
  readonly ageMs: number | undefined;
  readonly type: string;
};

type FreshnessStatus = "pass" | "warn" | "fail";

const MINUTE_MS = 60_000;
const PERIOD_MS: Readonly<Record<Age["period"], number>> = {
  minute: MINUTE_MS,
  hour: 60 * MINUTE_MS,
  day: 24 * 60 * MINUTE_MS,
};

const limitMs = ({ count, period }: Age): number => count * PERIOD_MS[period];

export const ageSeconds = (age: Age): number => limitMs(age) / 1000;

/** `12 hours` */
export const limitText = ({ count, period }: Age): string => `${count} ${period}${count === 1 ? "" : "s"}`;

/** As in dbt, a source without rows is older than any threshold. */
export const freshnessOf = (
  { warnAfter, errorAfter }: Pick<FreshnessCheck, "warnAfter" | "errorAfter">,
  { ageMs: age = Number.POSITIVE_INFINITY, type }: Newest,
): FreshnessStatus => {
  const isOlder = (limit: Age | undefined): boolean => limit !== undefined && age > limitMs(limit);
  if (isOlder(errorAfter)) return "fail";
  return isOlder(warnAfter) || isYetToCome(age, type) ? "warn" : "pass";
};

/** Clocks differ by minutes, and a day begins somewhere on earth before it does in UTC. */
const CLOCKS_DIFFER_MS = 5 * MINUTE_MS;
const ZONES_DIFFER_MS = 14 * 60 * MINUTE_MS;

/** Rows of the future hide that none have come since: more often than not a local time was stored without its zone. */
export const isYetToCome = (age: number, type: string): boolean =>
  age < -(type === "date" ? ZONES_DIFFER_MS : CLOCKS_DIFFER_MS);
