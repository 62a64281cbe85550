/** Checked migrations and a database in; the pending ones applied, each in its own transaction, one event each, out. */
import { type Database, DatabaseError, type Session } from "../../domain/contracts/database.ts";
import { databaseDiagnostic } from "../../domain/database-diagnostic.ts";
import { failed, type Outcome, ok } from "../../domain/diagnostic.ts";
import type { Emit } from "../../domain/event.ts";
import { LEDGER_SCHEMA } from "../../domain/names.ts";
import { type SourceFile, wholeFile } from "../../domain/source.ts";
import { ident, literal, sql } from "../../domain/sql.ts";
import { migrationStates } from "./ledger.ts";
import type { Migration } from "./migration-files.ts";

/** What runs the files: postgres/ does, through the package. */
type RunMigrations = (run: {
  readonly session: Session;
  readonly ledger: string;
  readonly folder: string;
  readonly files: ReadonlyMap<number, SourceFile>;
  readonly started: (number: number) => void;
  readonly finished: (number: number) => void;
}) => Promise<void>;

export type ApplyRequest = {
  readonly migrations: readonly Migration[];
  /** Absolute: where the files are. */
  readonly folder: string;
  readonly run: RunMigrations;
  /** The advisory lock of everybody who applies migrations. */
  readonly lock: bigint;
  readonly emit: Emit;
  readonly now: () => Date;
};

export const applyMigrations = (database: Database, request: ApplyRequest): Promise<Outcome<readonly Migration[]>> =>
  database.withSession("durable", async (session) => {
    if (request.migrations.length === 0) return ok([]);
    await waitForOthers(session, request);
    try {
      await ensureLedger(session);
      const states = await migrationStates(session, request.migrations);
      if (!states.ok || states.value.pending.length === 0) return states.ok ? ok([]) : states;
      return await applyPending(session, states.value.pending, request);
    } finally {
      await session.run(sql`select pg_advisory_unlock(${literal(request.lock)})`).catch(() => undefined);
    }
  });

const applyPending = async (
  session: Session,
  pending: readonly Migration[],
  { migrations, folder, run, emit, now }: ApplyRequest,
): Promise<Outcome<readonly Migration[]>> => {
  const byNumber = new Map(migrations.map((m) => [m.number, m]));
  let current: Migration | undefined;
  let startedAt = now().getTime();
  try {
    await run({
      session,
      ledger: LEDGER_SCHEMA,
      folder,
      files: new Map(migrations.map((m) => [m.number, m.file])),
      started: (number) => {
        current = byNumber.get(number);
        startedAt = now().getTime();
      },
      finished: (number) => {
        const name = byNumber.get(number)?.fileName ?? String(number);
        emit({ kind: "migration_applied", name, ms: now().getTime() - startedAt });
        current = undefined;
      },
    });
    return ok(pending);
  } catch (error) {
    if (!(error instanceof DatabaseError) || current === undefined) throw error;
    const subject = `migration ${current.fileName} failed and was rolled back`;
    return failed(databaseDiagnostic(error, "migrate/failed", subject, wholeFile(current.file)));
  }
};

/** Two at once: the second says whom it waits for, and then finds nothing left to do. */
const waitForOthers = async (session: Session, { lock, emit }: ApplyRequest): Promise<void> => {
  const tried = await session.rows(sql`select pg_try_advisory_lock(${literal(lock)}) as is_ours`);
  if (tried[0]?.["is_ours"] === "t") return;
  const holder = await session.rows(sql`
select l.pid, a.application_name from pg_locks l left join pg_stat_activity a using (pid)
where l.locktype = 'advisory' and l.granted and l.objsubid = 1 and l.database = (select oid from pg_database where datname = current_database())
  and ((l.classid::bigint << 32) | l.objid::bigint) = ${literal(lock)}`);
  const who =
    holder[0] === undefined ? "another session" : `${holder[0]["application_name"]} (pid ${holder[0]["pid"]})`;
  emit({ kind: "note", message: `${who} applies migrations; waiting for it to end` });
  // The lock is the session's and outlives this transaction; the setting does not.
  await session.run(sql`begin; set local lock_timeout to 0; select pg_advisory_lock(${literal(lock)}); commit`);
};

/** Made before the package looks for it, because it takes any schema's table of that name for its own. */
const ensureLedger = async (session: Session): Promise<void> => {
  const schema = ident(LEDGER_SCHEMA);
  const there = await session.rows(sql`
select exists (select from pg_namespace where nspname = ${literal(LEDGER_SCHEMA)}) as schema, to_regclass(${literal(`${LEDGER_SCHEMA}.migrations`)}) is not null as ledger`);
  if (there[0]?.["schema"] !== "t") await session.run(sql`create schema if not exists ${schema}`);
  if (there[0]?.["ledger"] === "t") return;
  await session.run(sql`create table if not exists ${schema}.migrations (
  id integer primary key, name varchar(100) unique not null, hash varchar(40) not null,
  executed_at timestamp default current_timestamp)`);
};
