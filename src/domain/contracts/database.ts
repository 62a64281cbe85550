/** What a stage may ask of a database: sessions that run Sql. postgres/ implements it; nothing here knows a driver. */
import type { Readable } from "node:stream";
import type { Sql } from "../sql.ts";

export type Row = Readonly<Record<string, unknown>>;

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

export type Session = {
  /** One statement or, without values, several in one message; the results in order. Throws DatabaseError. */
  readonly run: (statement: Sql) => Promise<readonly QueryResult[]>;
  /** One statement's rows. */
  readonly rows: (statement: Sql) => Promise<readonly Row[]>;
  /** COPY … FROM STDIN; resolves to the number of rows. */
  readonly copyFrom: (statement: Sql, source: Readable) => Promise<number>;
  /** Cancels what runs on this session from another connection; settles when the request was sent. */
  readonly cancel: () => Promise<void>;
  readonly backendPid: number;
};

export type Database = {
  readonly serverVersion: number;
  readonly withSession: <T>(purpose: SessionPurpose, use: (session: Session) => Promise<T>) => Promise<T>;
  readonly close: () => Promise<void>;
};

/** `durable` commits synchronously: publish, ingest, migrate. `model` has the fixed search_path. */
export type SessionPurpose = "model" | "durable" | "lock" | "read";
