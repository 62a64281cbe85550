/** What a stage may ask of a database: sessions that run Sql. postgres/ implements it; nothing here knows a driver. */
import type { Readable, Writable } from "node:stream";
import type { Sql } from "../sql.ts";

/** Values as the server prints them (text), or null: no driver's idea of a number or a date comes between. */
export type Row = Readonly<Record<string, string | null>>;

export type QueryResult = {
  readonly rows: readonly Row[];
  /** The server's word for what it did: SELECT, INSERT, CREATE TABLE … */
  readonly command: string;
  readonly rowCount: number | undefined;
};

/** The only thing a session throws. Everything that the server said is kept. */
export class DatabaseError extends Error {
  readonly sqlstate: string;
  readonly detail: string | undefined;
  readonly hint: string | undefined;
  /** 1-based, in characters of the statement sent. */
  readonly position: number | undefined;
  readonly constraint: string | undefined;
  readonly table: string | undefined;
  readonly schema: string | undefined;
  readonly column: string | undefined;
  readonly context: string | undefined;
  /** The SQL that was sent, so that the position finds the author's line. */
  readonly statement: Sql | undefined;

  constructor(message: string, facts: DatabaseErrorFacts, options?: ErrorOptions) {
    super(message, options);
    this.name = "DatabaseError";
    this.sqlstate = facts.sqlstate;
    this.detail = facts.detail;
    this.hint = facts.hint;
    this.position = facts.position;
    this.constraint = facts.constraint;
    this.table = facts.table;
    this.schema = facts.schema;
    this.column = facts.column;
    this.context = facts.context;
    this.statement = facts.statement;
  }
}

export type DatabaseErrorFacts = {
  readonly sqlstate: string;
  readonly detail: string | undefined;
  readonly hint: string | undefined;
  readonly position: number | undefined;
  readonly constraint: string | undefined;
  readonly table: string | undefined;
  readonly schema: string | undefined;
  readonly column: string | undefined;
  readonly context: string | undefined;
  readonly statement: Sql | undefined;
};

/** Rows by position, so that two columns of one name are two columns. */
export type TableResult = {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
};

/** `type` as the server writes it, lengths included: `numeric(8,2)`. */
export type DescribedColumn = { readonly name: string; readonly type: string };

export type Session = {
  /** One or several statements in one message; the results in order. Throws DatabaseError; a transaction it left open is rolled back. */
  readonly run: (statement: Sql) => Promise<readonly QueryResult[]>;
  /** As run, within a transaction that the caller ends: after a failure it stays open, to go back to a savepoint. */
  readonly step: (statement: Sql) => Promise<readonly QueryResult[]>;
  /** One statement's rows. */
  readonly rows: (statement: Sql) => Promise<readonly Row[]>;
  /** The rows of the last statement that gives any. */
  readonly table: (statement: Sql) => Promise<TableResult>;
  /** As run, with rows by position. */
  readonly tables: (statement: Sql) => Promise<readonly TableResult[]>;
  /** The columns that each of these queries gives, in one message; no row of them is computed. */
  readonly describe: (queries: readonly Sql[]) => Promise<readonly (readonly DescribedColumn[])[]>;
  /** COPY … FROM STDIN; resolves to the number of rows. */
  readonly copyFrom: (statement: Sql, source: Readable) => Promise<number>;
  /** COPY … TO STDOUT; resolves to the number of rows when all is with the sink, which is not ended. */
  readonly copyTo: (statement: Sql, sink: Writable) => Promise<number>;
  /** A statement with $1, $2 …, which the server plans once under this name. */
  readonly prepared: (name: string, statement: Sql, values: readonly (string | null)[]) => Promise<TableResult>;
  readonly backendPid: number;
};

export type Database = {
  /** As server_version_num: 150004, 180000. */
  readonly serverVersion: number;
  /** A session for as long as `use` takes; sessions are kept and used again. */
  readonly withSession: <T>(purpose: SessionPurpose, use: (session: Session) => Promise<T>) => Promise<T>;
  /**
   * Opens so many sessions for this purpose, side by side, as far as there are fewer. One that cannot be had now is asked
   * for again by who needs it.
   */
  readonly prepare: (purpose: SessionPurpose, count: number) => Promise<void>;
  /** Cancels what runs on every session that is in use, from a connection of its own. */
  readonly cancelRunning: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/**
 * `model`: the fixed search_path of model SQL. `durable` commits synchronously: publish, ingest, migrate.
 * `lock`: idle for a whole run, holding advisory locks. `read`: read-only. `hooks`: as `model`, and ended after its use,
 * because a hook may leave anything behind in it.
 */
export type SessionPurpose = "model" | "durable" | "lock" | "read" | "hooks";
