/**
 * The locks of a run: exclusive on each schema that it writes, shared on each of Galley's schemas that it reads on live.
 * They are advisory, keyed on the schema, and held by an idle session for as long as the run takes. Whoever gets them
 * first ends the sessions of a dead run that still works in the same workspaces.
 */
import type { Database, Session } from "../../domain/contracts/database.ts";
import { errorOf, failed, type Outcome, ok } from "../../domain/diagnostic.ts";
import type { Emit } from "../../domain/event.ts";
import { ident, joinSql, literal, type Sql, sql } from "../../domain/sql.ts";
import { holderText, keySql, type LockHolder, lockHolderOf } from "./lock-holder.ts";

export type LockRequest = {
  readonly writes: readonly string[];
  readonly reads: readonly string[];
  readonly runId: string;
  readonly bookkeeping: string;
  readonly patience: LockPatience | "none";
};

/** How long a schema that another run holds is waited for. */
type LockPatience = {
  /** 0: not at all; Infinity: as long as it takes. */
  readonly waitMs: number;
  readonly signal: AbortSignal;
  readonly emit: Emit;
  readonly clock: () => number;
  readonly sleep: (ms: number) => Promise<void>;
};

export type RunLock = {
  /** Those of further schemas that nobody works in; they are ours until `release`. */
  readonly alsoFree: (
    schemas: readonly string[],
  ) => Promise<{ readonly schemas: readonly string[]; readonly release: () => Promise<void> }>;
  /** Throws DatabaseError when the session that holds the locks is gone. */
  readonly check: () => Promise<void>;
};

export const withRunLock = <T>(
  database: Database,
  request: LockRequest,
  use: (lock: RunLock) => Promise<Outcome<T>>,
): Promise<Outcome<T>> =>
  database.withSession("lock", async (session) => {
    const taken = await takeAll(session, request);
    if (!taken.ok) return taken;
    try {
      const undead = await endDeadRuns(session, request);
      if (undead.length > 0) return failed(stillWorking(undead));
      return await use({
        check: async () => void (await session.run(sql`select 1`)),
        alsoFree: (schemas) => takeFree(session, schemas),
      });
    } finally {
      await release(session).catch(() => undefined);
    }
  });

const WAIT_PAUSE_MS = 250;

/** All or none: a run that waits for one schema keeps nobody from another. */
const takeAll = async (session: Session, request: LockRequest): Promise<Outcome<undefined>> => {
  const { patience } = request;
  const startedAt = patience === "none" ? 0 : patience.clock();
  let told: string | undefined;
  for (;;) {
    const held = await firstHeld(session, request);
    if (held === undefined) return ok(undefined);
    await release(session);
    const holder = await lockHolderOf(session, held, request.bookkeeping);
    if (patience === "none") return locked(held, holder, "wait until it has ended, or end its process");
    const { signal, emit, clock, sleep, waitMs } = patience;
    if (signal.aborted) return failed(errorOf("execute/cancelled", `cancelled while waiting for schema ${held}`));
    if (waitMs === 0) return locked(held, holder, "`--wait` waits until it has ended; or end its process");
    if (clock() - startedAt >= waitMs) return locked(held, holder, "give `--wait` more seconds, or end its process");
    // Once for each run that is waited for.
    const holding = `${held} ${holder?.runId}`;
    if (holder !== undefined && holding !== told) {
      told = holding;
      emit({ kind: "lock_waiting", schema: held, holder });
    }
    await sleep(WAIT_PAUSE_MS);
  }
};

const locked = (schema: string, holder: LockHolder | undefined, wayForward: string): Outcome<undefined> =>
  failed(
    errorOf("execute/locked", `schema ${schema} is ${holderText(holder)}`, {
      help: `${wayForward}; nothing was changed`,
    }),
  );

/** Takes the locks in order, up to the first that is held by another. */
const firstHeld = async (session: Session, request: LockRequest): Promise<string | undefined> => {
  for (const { schema, isShared } of inOrder(request)) {
    const taken = await session.rows(tryLock(schema, isShared));
    if (taken[0]?.["locked"] !== "t") return schema;
  }
  return undefined;
};

/** Sorted, so that two runs never wait for each other crosswise. */
const inOrder = ({ writes, reads }: LockRequest): readonly { schema: string; isShared: boolean }[] =>
  [
    ...writes.map((schema) => ({ schema, isShared: false })),
    ...reads.filter((r) => !writes.includes(r)).map((schema) => ({ schema, isShared: true })),
  ].sort((a, b) => (a.schema < b.schema ? -1 : 1));

const tryLock = (schema: string, isShared: boolean): Sql =>
  isShared
    ? sql`select pg_try_advisory_lock_shared(${keySql(schema)}) as locked`
    : sql`select pg_try_advisory_lock(${keySql(schema)}) as locked`;

const release = async (session: Session): Promise<void> => {
  await session.run(sql`select pg_advisory_unlock_all()`);
};

const takeFree = async (session: Session, schemas: readonly string[]) => {
  const taken: string[] = [];
  for (const schema of schemas) {
    const rows = await session.rows(tryLock(schema, false));
    if (rows[0]?.["locked"] === "t") taken.push(schema);
  }
  const release = async (): Promise<void> => {
    for (const schema of taken) await session.run(sql`select pg_advisory_unlock(${keySql(schema)})`);
  };
  return { schemas: taken, release };
};

/** With the pause between them, about ten seconds. */
const ROUNDS_TO_DIE = 200;

/**
 * A killed client's query goes on in the server and would commit into our workspace. We hold the lock of its schemas,
 * so whatever run still counts as running there is dead. Returns the processes that would not end.
 */
const endDeadRuns = async (
  session: Session,
  { writes, runId, bookkeeping }: LockRequest,
): Promise<readonly (string | null | undefined)[]> => {
  if (writes.length === 0) return [];
  const runs = sql`${ident(bookkeeping)}.runs`;
  const mine = joinSql(writes.map(literal), sql`, `);
  const dead = sql`select run_id from ${runs} where state in ('running', 'published') and finished_at is null and run_id <> ${literal(runId)}::uuid and args->'writes' ?| array[${mine}]`;
  const zombies = sql`select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and application_name like 'galley/%' and split_part(application_name, '/', 2) in (select run_id::text from (${dead}) d)`;
  for (let round = 0; ; round++) {
    const rows = await session.rows(sql`select pid, pg_terminate_backend(pid::int) from (${zombies}) z`);
    if (rows.length === 0) break;
    if (round >= ROUNDS_TO_DIE) return rows.map((row) => row["pid"]);
    await session.run(sql`select pg_sleep(0.05)`);
  }
  await session.run(
    sql`update ${runs} set state = case state when 'running' then 'abandoned' else state end, finished_at = clock_timestamp() where run_id in (${dead})`,
  );
  return [];
};

const stillWorking = (pids: readonly (string | null | undefined)[]) =>
  errorOf("execute/locked", `a dead run's sessions do not end: server process ${pids.join(", ")}`, {
    help: "they would go on writing into the workspace; wait, or have the server's administrator end them",
  });
