/**
 * Waits for the sessions whose snapshot is older than what the run built: to them a replaced table would be empty. The
 * list is taken once, and exactly those transactions are waited for.
 */
import type { Row, Session } from "../../../domain/contracts/database.ts";
import type { RunEvent } from "../../../domain/event.ts";
import { joinSql, literal, sql } from "../../../domain/sql.ts";
import type { RunContext } from "../run-context.ts";

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
${TRANSACTIONS}
where a.datname = current_database() and a.pid <> pg_backend_pid() and a.application_name not like ${literal(`galley/${run.runId}/%`)}
  and a.usesysid is not null and (a.backend_type is null or a.backend_type = 'client backend' and a.backend_xmin is not null and age(a.backend_xmin) >= age(${literal(now)}::xid))`);
  if (listed.length === 0) return [];
  run.emit({ kind: "publish_waiting", reason: "old_snapshot", holders: listed.map(holderOf) });
  const same = joinSql(
    listed.map((h) => sql`(${literal(Number(h["pid"]))}, ${literal(h["transaction"] ?? "")})`),
    sql`, `,
  );
  const until = run.clock() + waitMs;
  let left = listed;
  while (left.length > 0 && run.clock() < until && !run.signal.aborted) {
    await run.sleep(100);
    left = await session.rows(sql`${TRANSACTIONS} where (a.pid, l.virtualtransaction) in (${same})`);
  }
  return left.map(holderOf);
};

/**
 * Every transaction holds the lock on its own virtual id, which everybody may see. Whether the session of another role
 * holds a snapshot only members of pg_read_all_stats see: to others its backend_type is NULL, and it may hold one.
 */
const TRANSACTIONS = sql`
select a.pid, a.application_name, l.virtualtransaction as transaction, extract(epoch from clock_timestamp() - a.xact_start) * 1000 as age_ms
from pg_stat_activity a join pg_locks l on l.pid = a.pid and l.locktype = 'virtualxid' and l.granted and l.mode = 'ExclusiveLock'`;

export const holderOf = (row: Row): Holder => ({
  pid: Number(row["pid"]),
  application: row["application_name"] ?? "",
  ageMs: Math.round(Number(row["age_ms"] ?? 0)),
});
