/** From what `--since` says to the runs that count as earlier. */
import { literal, type Sql, sql } from "../../domain/sql.ts";
import type { Since } from "./read-runs.ts";

/** A day means its end, so that `yesterday` is what was known when it was over. Undefined: the beginning of a run's id. */
export const sinceOf = (said: string | undefined): Since | undefined => {
  if (said === undefined) return { kind: "run before" };
  const text = said.trim().toLowerCase();
  const span = /^(\d+) ?(m|min|minutes?|h|hours?|d|days?|w|weeks?)$/.exec(text);
  if (span !== null)
    return until(sql`now() - make_interval(secs => ${literal(Number(span[1]) * secondsIn(span[2] ?? ""))})`);
  if (text === "yesterday") return until(sql`date_trunc('day', now())`);
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return until(sql`(${literal(text)}::date + 1)::timestamptz`);
  if (/^[0-9a-f]{8}(-[0-9a-f-]*)?$/.test(text) && !/^\d+$/.test(text)) return undefined;
  return until(sql`${literal(said.trim())}::timestamptz`);
};

const until = (time: Sql): Since => ({ kind: "time", until: time });

const secondsIn = (unit: string): number => {
  if (unit.startsWith("m")) return 60;
  if (unit.startsWith("h")) return 3600;
  return unit.startsWith("d") ? 86_400 : 604_800;
};
