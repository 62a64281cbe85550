/** What `galley check source-history` finds out: whether what a source declares as known stayed as it was photographed. */
import { countOf, countText } from "../lib/duration.ts";
import type { NodeId } from "./names.ts";

/** `unchanged`: in the photographs that are kept. `not-proved`: there is nothing to compare with. */
export type HistoryVerdict = "unchanged" | "changed" | "not-proved";

export type HistoryColumn = {
  readonly node: NodeId;
  /** `raw.games` */
  readonly relation: string;
  /** Undefined: the rows themselves, that they are there or not. */
  readonly column: string | undefined;
  /** `known_after: day`, as the rule that it was held to. */
  readonly declared: string;
  readonly verdict: HistoryVerdict;
  readonly because: string | undefined;
  /** Of what changed. */
  readonly finding: HistoryFinding | undefined;
};

export type HistoryFinding = {
  /** Rows that differ from a photograph in which they were declared known. Of rows: those that came or went. */
  readonly changed: number;
  /** Rows that were declared known when the latest photograph was taken. */
  readonly known: number;
  /** Of those that changed: they were NULL. */
  readonly filled: number;
  /** Of rows: they were not there when they were declared known; they are no longer there. */
  readonly late: number;
  readonly gone: number;
  /**
   * Days from when it was declared known: a photograph taken so long after still had the old value, and one so long after
   * had the new. Undefined where time is no date.
   */
  readonly days: { readonly stillOld: number; readonly new: number } | undefined;
  readonly examples: readonly HistoryExample[];
  /** What would be true in its place. */
  readonly advice: string;
};

export type HistoryExample = {
  readonly key: readonly { readonly column: string; readonly value: string | null }[];
  /** When the photograph was taken that had the old value, in UTC. */
  readonly at: string;
  /** From when it was declared known; undefined: always. */
  readonly since: string | undefined;
  readonly was: string | null;
  readonly is: string | null;
};

/** What the verdicts on a source rest on. */
export type HistoryCoverage = {
  readonly node: NodeId;
  readonly relation: string;
  /** Photographs it was compared with, and from when the first of them is, in UTC. */
  readonly photographs: number;
  readonly since: string | undefined;
  readonly rows: number;
  /** Rows that came later, of events that were still to come: of a list that is `always` known they are no finding. */
  readonly announced: number;
  readonly sample: number | undefined;
  /** That it was photographed now, for the next time. */
  readonly isKept: boolean;
};

/** `raw.games.home_points   changed   3 of 1,240 rows that were declared known (known_after: day)` */
export const historyHead = (
  { relation, column, declared }: Pick<HistoryColumn, "relation" | "column" | "declared">,
  { changed, known, late, gone }: HistoryFinding,
): string => {
  if (column !== undefined)
    return `${relation}.${column}   changed   ${countText(changed)} of ${countOf(known, "row")} declared known (${declared})`;
  const parts = [
    ...(late > 0 ? [`${countOf(late, "row")} came later than declared`] : []),
    ...(gone > 0 ? [`${countOf(gone, "row")} no longer there`] : []),
  ];
  return `${relation} (its rows)   changed   ${parts.join(", ")} (${declared})`;
};

/** `game_id 17, known since 2026-01-02   101 at 2026-01-05 04:00:00 UTC   now 99` */
export const historyExample = ({ key, since, at, was, is }: HistoryExample): string => {
  const row = key.map(({ column, value }) => `${column} ${value ?? "NULL"}`).join(", ");
  return `${row}${since === undefined ? "" : `, known since ${since}`}   ${was ?? "NULL"} at ${at} UTC   now ${is ?? "NULL"}`;
};

/** What is told of a change, each with its label. */
export const historyFacts = ({
  changed,
  filled,
  days,
  advice,
}: HistoryFinding): readonly (readonly [string, string])[] => {
  const shown = (value: number): string => (Math.round(value * 10) / 10).toLocaleString("en-US");
  return [
    ...(filled > 0 && changed > 0 ? [["filled in", `${countText(filled)} of them were NULL`] as const] : []),
    ...(days === undefined
      ? []
      : [
          [
            "came",
            `up to ${shown(days.new)} days after it was declared known; ${shown(days.stillOld)} days after, the old still stood`,
          ] as const,
        ]),
    ["declare", advice],
  ];
};
