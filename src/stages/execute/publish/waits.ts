/** For whom publish waits, each told once, and how long it has waited in all. */
import type { Session } from "../../../domain/contracts/database.ts";
import type { RunEvent } from "../../../domain/event.ts";
import { literal, sql } from "../../../domain/sql.ts";
import type { RunContext } from "../run-context.ts";
import { type Holder, holderOf } from "./old-snapshots.ts";

type Reason = Extract<RunEvent, { kind: "publish_waiting" }>["reason"];

export type Waits = {
  readonly totalMs: () => number;
  /** Counts the time that it takes. */
  readonly during: <T>(use: () => Promise<T>) => Promise<T>;
  readonly tell: (reason: Reason, holders: readonly Holder[]) => void;
  /** Of a statement that may wait for a lock: whoever is found in its way while it waits is told. */
  readonly forLock: <T>(session: Session, use: () => Promise<T>) => Promise<T>;
};

/** Shorter ones are part of every publish. */
const WORTH_ASKING_MS = 100;

export const makeWaits = (run: RunContext): Waits => {
  const known = new Set<string>();
  let totalMs = 0;
  const during: Waits["during"] = async (use) => {
    const startedAt = run.clock();
    try {
      return await use();
    } finally {
      totalMs += run.clock() - startedAt;
    }
  };
  const tell: Waits["tell"] = (reason, holders) => {
    const others = holders.filter((h) => !h.application.startsWith(`galley/${run.runId}/`));
    const fresh = others.filter((h) => !known.has(`${reason} ${h.pid}`));
    for (const h of fresh) known.add(`${reason} ${h.pid}`);
    if (fresh.length > 0) run.emit({ kind: "publish_waiting", reason, holders: fresh });
  };
  const forLock: Waits["forLock"] = async (session, use) => {
    let isOver = false;
    let asking: Promise<void> | undefined;
    const ask = (): void => {
      if (isOver) return;
      asking = blockersOf(run, session.backendPid).then(
        (holders) => tell("lock", holders),
        // Whoever waits does not fail because nobody can be asked for whom.
        () => undefined,
      );
    };
    void run.sleep(WORTH_ASKING_MS).then(ask);
    try {
      return await during(use);
    } finally {
      isOver = true;
      await asking;
    }
  };
  return { totalMs: () => totalMs, during, tell, forLock };
};

const blockersOf = (run: RunContext, pid: number): Promise<readonly Holder[]> =>
  run.database.withSession("read", async (session) => {
    const rows = await session.rows(sql`
select a.pid, case when a.usesysid is null then 'autovacuum' else a.application_name end as application_name,
  extract(epoch from clock_timestamp() - a.xact_start) * 1000 as age_ms
from pg_stat_activity a where a.pid = any(pg_blocking_pids(${literal(pid)})) order by 3 desc nulls last`);
    return rows.map(holderOf);
  });
