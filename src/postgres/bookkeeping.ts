/** Galley's own tables in the database, made on first use. Columns are only ever added; the version says which there are. */
import { type Database, DatabaseError, type Session } from "../domain/contracts/database.ts";
import { errorOf, failed, type Outcome, ok } from "../domain/diagnostic.ts";
import { ident, joinSql, literal, type Sql, sql } from "../domain/sql.ts";
import { SQLSTATE } from "../domain/sqlstate.ts";

/**
 * Step n makes version n from the one before. A step may run on what it has made already, and may only add: an older
 * Galley that is still at work must not miss what it knows.
 */
const STEPS: readonly ((s: Sql) => Sql)[] = [
  (s) => firstTables(s),
  // What Galley itself put on the relation: whatever else stands on it is somebody's, and is carried over.
  (s) => sql`alter table ${s}.relations add column if not exists objects jsonb`,
  // What vouches for a node that a later run may go on from: what it was made of, and which relation it is.
  (s) => sql`alter table ${s}.nodes add column if not exists inputs text, add column if not exists relation oid`,
  // In the transaction of a batch: which there are, and when their rows were read.
  (s) =>
    sql`create table if not exists ${s}.batches (run_id uuid not null references ${s}.runs on delete cascade, node_id text not null, batch_start timestamptz not null, batch_end timestamptz not null, rows bigint not null, ms bigint not null, read_at timestamptz not null, is_asked boolean not null, primary key (run_id, node_id, batch_start))`,
  // What a test that passed on all rows of an incremental model vouches for, so that the next run need look at new ones only.
  (s) => sql`alter table ${s}.test_results add column if not exists proof text`,
  // How old failing rows are, so that they can go.
  (s) =>
    sql`alter table ${s}.test_failures add column if not exists stored_at timestamptz not null default clock_timestamp(); create index if not exists test_failures_stored_at_idx on ${s}.test_failures (stored_at)`,
  // What `check source-history` compares: each row of a source once for all photographs in a row that it looks the same in.
  (s) => sql`
create table if not exists ${s}.source_photographs (
  source_id text not null, n bigint not null, run_id uuid not null, taken_at timestamptz not null, rows bigint not null,
  share float8 not null, relation text not null, key jsonb not null, columns jsonb not null, rules jsonb not null,
  present jsonb not null, primary key (source_id, n));
create table if not exists ${s}.photographed_rows (
  source_id text not null, key text[] not null, cells jsonb not null, row_time text, event_time text,
  first bigint not null, last bigint);
create index if not exists photographed_rows_source_id_idx on ${s}.photographed_rows (source_id)`,
];

const SCHEMA_VERSION = STEPS.length;

/** One lock for everybody who finds the schema absent, or of an older version, at the same moment. */
const CREATION_LOCK = 4_704_113_001;

export const ensureBookkeeping = (database: Database, schema: string): Promise<Outcome<undefined>> =>
  database.withSession("durable", async (session) => {
    try {
      const found = await versionOf(session, schema);
      if (found !== undefined && found > SCHEMA_VERSION) return newer(schema, found);
      if (found === undefined || found < SCHEMA_VERSION) await raise(session, schema, found ?? 0);
      return ok(undefined);
    } catch (error) {
      if (error instanceof DatabaseError && error.sqlstate === SQLSTATE.insufficientPrivilege) {
        return failed(
          errorOf(
            "postgres/no-permission",
            `the bookkeeping schema "${schema}" cannot be made or upgraded: ${error.message}`,
            {
              help: `let an administrator run: create schema ${schema} authorization <the target's user>; an existing one is upgraded by its owner`,
            },
          ),
        );
      }
      throw error;
    }
  });

const versionOf = async (session: Session, schema: string): Promise<number | undefined> => {
  try {
    const rows = await session.rows(sql`select max(schema_version) as version from ${ident(schema)}.meta`);
    const version = rows[0]?.["version"];
    return version === null || version === undefined ? undefined : Number(version);
  } catch (error) {
    const isAbsent =
      error instanceof DatabaseError &&
      (error.sqlstate === SQLSTATE.undefinedTable || error.sqlstate === SQLSTATE.undefinedSchema);
    if (isAbsent) return undefined;
    throw error;
  }
};

const newer = (schema: string, found: number): Outcome<undefined> =>
  failed(
    errorOf(
      "postgres/bookkeeping-newer",
      `schema "${schema}" has version ${found}; this Galley knows ${SCHEMA_VERSION}`,
      {
        help: "upgrade Galley: npm install galley@latest",
      },
    ),
  );

const raise = async (session: Session, schema: string, from: number): Promise<void> => {
  const s = ident(schema);
  const existing = await session.rows(sql`select 1 from pg_namespace where nspname = ${literal(schema)}`);
  // IF NOT EXISTS asks for the right on the database even where the schema is there already.
  const makeSchema = existing.length > 0 ? sql`` : sql`create schema if not exists ${s}; `;
  const steps = joinSql(
    STEPS.slice(from).map((step) => step(s)),
    sql`; `,
  );
  const version = literal(SCHEMA_VERSION);
  const record = sql`insert into ${s}.meta (schema_version) select ${version} where not exists (select from ${s}.meta); update ${s}.meta set schema_version = ${version} where schema_version < ${version}`;
  await session.run(
    sql`begin; select pg_advisory_xact_lock(${literal(CREATION_LOCK)}); ${makeSchema}${steps}; ${record}; commit`,
  );
};

const firstTables = (s: Sql): Sql => sql`
create table if not exists ${s}.meta (schema_version int not null);
create table if not exists ${s}.runs (
  run_id uuid primary key, project text not null, target text not null, command text not null, args jsonb not null,
  git_sha text, galley_version text not null, state text not null,
  started_at timestamptz not null default now(), finished_at timestamptz, published_at timestamptz);
create table if not exists ${s}.nodes (
  run_id uuid not null references ${s}.runs on delete cascade, node_id text not null, fingerprint text not null,
  status text not null, rows bigint, ms bigint, built_at timestamptz not null default clock_timestamp(),
  primary key (run_id, node_id));
create table if not exists ${s}.relations (
  schema text not null, name text not null, node_id text not null, kind text not null, fingerprint text not null,
  run_id uuid not null, primary key (schema, name));
create table if not exists ${s}.test_results (
  run_id uuid not null references ${s}.runs on delete cascade, test_id text not null, status text not null,
  failures bigint, rows bigint, decided_by text, ms bigint, primary key (run_id, test_id));
create table if not exists ${s}.test_failures (
  run_id uuid not null references ${s}.runs on delete cascade, test_id text not null, n int not null,
  key jsonb, row jsonb, primary key (run_id, test_id, n));
create table if not exists ${s}.quarantine (
  run_id uuid not null, mapping text not null, file text not null, line bigint, reason text not null, raw text,
  at timestamptz not null default clock_timestamp());
create index if not exists quarantine_mapping_at_idx on ${s}.quarantine (mapping, at)`;
