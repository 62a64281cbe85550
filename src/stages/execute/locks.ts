/**
 * The locks of a run: exclusive on each schema that it writes, shared on each of Galley's schemas that it reads on live.
 * They are advisory, keyed on the schema, and held by an idle session for as long as the run takes. Whoever gets them
 * first ends the sessions of a dead run that still works in the same workspaces.
 */
import type { Database, Session } from "../../domain/contracts/database.ts";
import { errorOf, failed, type Outcome } from "../../domain/diagnostic.ts";
import { ident, joinSql, literal, type Sql, sql } from "../../domain/sql.ts";
import { hashOf } from "../../lib/hash.ts";

export type LockRequest = {
  readonly writes: readonly string[];
  readonly reads: readonly string[];
  readonly runId: string;
  readonly bookkeeping: string;
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
    for (const { schema, isShared } of inOrder(request)) {
      const taken = await session.rows(tryLock(schema, isShared));
      if (taken[0]?.["locked"] === "t") continue;
      const holder = await holderOf(session, schema);
      await release(session);
      return failed(
        errorOf("execute/locked", `schema ${schema} is being ${holder}`, {
          help: "wait until it has ended, or end its process; nothing was changed",
        }),
      );
    }
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

/** Sorted, so that two runs never wait for each other crosswise. */
const inOrder = ({ writes, reads }: LockRequest): readonly { schema: string; isShared: boolean }[] =>
  [
    ...writes.map((schema) => ({ schema, isShared: false })),
    ...reads.filter((r) => !writes.includes(r)).map((schema) => ({ schema, isShared: true })),
  ].sort((a, b) => (a.schema < b.schema ? -1 : 1));

/** Advisory keys are per database already; 64 bits of a hash name the schema. */
const keyOf = (schema: string): bigint =>
  BigInt.asIntN(64, BigInt(`0x${hashOf(`galley/schema/${schema}`).slice(0, 16)}`));

const keySql = (schema: string): Sql => sql`${literal(keyOf(schema))}::bigint`;

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

const holderOf = async (session: Session, schema: string): Promise<string> => {
  const key = BigInt.asUintN(64, keyOf(schema));
  const rows = await session.rows(sql`
select l.mode, a.application_name, a.usename, a.pid, to_char(a.backend_start, 'YYYY-MM-DD HH24:MI:SS TZ') as since
from pg_locks l join pg_stat_activity a on a.pid = l.pid
where l.locktype = 'advisory' and l.granted and l.objsubid = 1 and l.pid <> pg_backend_pid()
  and l.database = (select oid from pg_database where datname = current_database())
  and l.classid = ${literal(key >> 32n)}::oid and l.objid = ${literal(key & 0xffffffffn)}::oid limit 1`);
  const row = rows[0];
  if (row === undefined) return "written by another run";
  const does = row["mode"] === "ShareLock" ? "read" : "written";
  return `${does} by another run: ${row["application_name"]} of user ${row["usename"]}, server process ${row["pid"]}, since ${row["since"]}`;
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
  const dead = sql`select run_id from ${runs} where state = 'running' and run_id <> ${literal(runId)}::uuid and args->'writes' ?| array[${mine}]`;
  const zombies = sql`select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and application_name like 'galley/%' and split_part(application_name, '/', 2) in (select run_id::text from (${dead}) d)`;
  for (let round = 0; ; round++) {
    const rows = await session.rows(sql`select pid, pg_terminate_backend(pid::int) from (${zombies}) z`);
    if (rows.length === 0) break;
    if (round >= ROUNDS_TO_DIE) return rows.map((row) => row["pid"]);
    await session.run(sql`select pg_sleep(0.05)`);
  }
  await session.run(
    sql`update ${runs} set state = 'abandoned', finished_at = clock_timestamp() where run_id in (${dead})`,
  );
  return [];
};

const stillWorking = (pids: readonly (string | null | undefined)[]) =>
  errorOf("execute/locked", `a dead run's sessions do not end: server process ${pids.join(", ")}`, {
    help: "they would go on writing into the workspace; wait, or have the server's administrator end them",
  });
