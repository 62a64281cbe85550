/** A set of connections to one database as a Database: sessions are opened when needed, kept, and closed together. */
import type pg from "pg";
import { type Database, DatabaseError, type Session, type SessionPurpose } from "../domain/contracts/database.ts";
import type { Personal } from "../domain/personal.ts";
import { ident, idents, literal, type Sql, sql, textOf } from "../domain/sql.ts";
import { isConnectionLoss, SQLSTATE } from "../domain/sqlstate.ts";
import { type ClientSettings, makeClient } from "./client.ts";
import { toDatabaseError } from "./errors.ts";
import { makeSession, type Trace } from "./session.ts";

export type DatabaseSettings = {
  readonly client: ClientSettings;
  /** `galley/<run id>/<target>`: how a later run knows whose sessions these are. */
  readonly applicationName: string;
  /** SET ROLE after connecting. */
  readonly role: string | undefined;
  /** Schemas of extensions, after pg_catalog. */
  readonly searchPath: readonly string[];
  readonly trace: Trace | undefined;
  /** Errors do not repeat their values. */
  readonly personal: Personal;
};

type Held = {
  readonly client: pg.Client;
  readonly session: Session;
  readonly purpose: SessionPurpose;
  isBroken: boolean;
};

/** All values arrive as text: see Row. */
const asText = { getTypeParser: () => (value: unknown) => value };

export const openDatabase = async (settings: DatabaseSettings): Promise<Database> => {
  const idle: Held[] = [];
  const busy = new Set<Held>();

  const open = async (purpose: SessionPurpose): Promise<Held> => {
    const client = makeClient({ ...settings.client, types: asText, application_name: cut(settings.applicationName) });
    let held: Held | undefined;
    // Without a listener a connection that the server ends would end the process.
    client.on("error", () => {
      if (held !== undefined) held.isBroken = true;
    });
    try {
      await client.connect();
      const setup = setupOf(purpose, settings);
      const answer = await client.query(textOf(setup));
      const last = Array.isArray(answer) ? answer.at(-1) : answer;
      await watchForDeadClient(client);
      held = {
        client,
        purpose,
        isBroken: false,
        session: makeSession(client, Number(last.rows[0].pid), settings.trace, settings.personal),
      };
      return held;
    } catch (error) {
      await client.end().catch(() => undefined);
      throw toDatabaseError(error, undefined);
    }
  };

  const take = async (purpose: SessionPurpose): Promise<Held> => {
    const at = idle.findIndex((h) => h.purpose === purpose && !h.isBroken);
    return at < 0 ? open(purpose) : (idle.splice(at, 1)[0] as Held);
  };

  const withSession = async <T>(purpose: SessionPurpose, use: (session: Session) => Promise<T>): Promise<T> => {
    const held = await take(purpose);
    busy.add(held);
    try {
      return await use(held.session);
    } catch (error) {
      // The driver tells of a lost connection a moment later than the statement that lost it.
      if (error instanceof DatabaseError && isConnectionLoss(error.sqlstate)) held.isBroken = true;
      throw error;
    } finally {
      busy.delete(held);
      if (held.isBroken || purpose === "hooks") await held.client.end().catch(() => undefined);
      else idle.push(held);
    }
  };

  const first = await open("read");
  idle.push(first);
  const version = await first.session.rows(sql`select current_setting('server_version_num') as version`);

  return {
    serverVersion: Number(version[0]?.["version"]),
    withSession,
    cancelRunning: async () => {
      const pids = [...busy].filter((h) => h.purpose !== "lock").map((h) => h.session.backendPid);
      if (pids.length === 0) return;
      const canceller = await open("read");
      try {
        for (const pid of pids) await canceller.session.run(sql`select pg_cancel_backend(${literal(pid)})`);
      } finally {
        await canceller.client.end().catch(() => undefined);
      }
    },
    close: async () => {
      await Promise.all([...idle, ...busy].map((h) => h.client.end().catch(() => undefined)));
      idle.length = 0;
    },
  };
};

const cut = (name: string): string => name.slice(0, 63);

const setupOf = (purpose: SessionPurpose, { role, searchPath }: DatabaseSettings): Sql => {
  const path = searchPath.length === 0 ? sql`pg_catalog` : sql`pg_catalog, ${idents(searchPath)}`;
  return sql`${role === undefined ? sql`` : sql`set role ${ident(role)}; `}set search_path = ${path}; set client_min_messages = warning; ${SETUP[purpose]}select pg_backend_pid() as pid`;
};

const SETUP: Record<SessionPurpose, Sql> = {
  model: sql``,
  hooks: sql``,
  durable: sql`set synchronous_commit = on; `,
  lock: sql`set idle_in_transaction_session_timeout = 0; set idle_session_timeout = 0; `,
  read: sql`set default_transaction_read_only = on; `,
};

/** A killed client's query ends within half a second, where the server can notice (not on Windows). */
const watchForDeadClient = async (client: pg.Client): Promise<void> => {
  try {
    await client.query("set client_connection_check_interval = '500ms'");
  } catch (error) {
    if (toDatabaseError(error, undefined).sqlstate !== SQLSTATE.invalidParameterValue) throw error;
  }
};
