/**
 * Waits for the sessions whose snapshot is older than what the run built: to them a replaced table would be empty. The
 * list is taken once, and exactly those transactions are waited for.
 */
import type { Row, Session } from "../../domain/contracts/database.ts";
import type { RunEvent } from "../../domain/event.ts";
import { joinSql, literal, sql } from "../../domain/sql.ts";
import type { RunContext } from "./run-context.ts";

export type Holder = Extract<RunEvent, { kind: "publish_waiting" }>["holders"][number];

/** The transactions that are still there when the time is over. */
export const waitForOldSnapshots = async (
  run: RunContext,
  session: Session,
  waitMs: number,
): Promise<readonly Holder[]> => {
  // In a transaction of its own: who takes a snapshot after it has committed is newer than all that was built.
  const now = (await session.rows(sql`select pg_current_xact_id()::xid::text as xid`))[0]?.["xid"] ?? "0";
  const listed = await session.rows(sql`
select pid, application_name, to_char(xact_start, 'YYYY-MM-DD HH24:MI:SS.US') as xact_start, extract(epoch from clock_timestamp() - xact_start) * 1000 as age_ms
from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend' and xact_start is not null
  and application_name not like ${literal(`galley/${run.runId}/%`)}
  and backend_xmin is not null and age(backend_xmin) >= age(${literal(now)}::xid)`);
  if (listed.length === 0) return [];
  run.emit({ kind: "publish_waiting", reason: "old_snapshot", holders: listed.map(holderOf) });
  const until = run.clock() + waitMs;
  let left = listed;
  while (left.length > 0 && run.clock() < until && !run.signal.aborted) {
    await run.sleep(100);
    const same = left.map((h) => sql`(${literal(Number(h["pid"]))}, ${literal(h["xact_start"] ?? "")})`);
    left = await session.rows(sql`
select pid, application_name, to_char(xact_start, 'YYYY-MM-DD HH24:MI:SS.US') as xact_start, extract(epoch from clock_timestamp() - xact_start) * 1000 as age_ms
from pg_stat_activity where (pid, to_char(xact_start, 'YYYY-MM-DD HH24:MI:SS.US')) in (${joinSql(same, sql`, `)})`);
  }
  return left.map(holderOf);
};

export const holderOf = (row: Row): Holder => ({
  pid: Number(row["pid"]),
  application: row["application_name"] ?? "",
  ageMs: Math.round(Number(row["age_ms"] ?? 0)),
});
