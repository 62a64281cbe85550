/** A set of connections to one database as a Database: sessions are opened when needed, kept, and closed together. */
import type pg from "pg";
import { type Database, DatabaseError, type Session, type SessionPurpose } from "../domain/contracts/database.ts";
import type { Personal } from "../domain/personal.ts";
import { ident, idents, literal, type Sql, sql, textOf } from "../domain/sql.ts";
import { isConnectionLoss, SQLSTATE } from "../domain/sqlstate.ts";
import { type ClientSettings, makeClient } from "./client.ts";
import { toDatabaseError } from "./errors.ts";
import { lendsSessions } from "./pooler.ts";
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

type Line = { readonly client: pg.Client; isBroken: boolean };

type Held = { readonly line: Line; readonly session: Session; readonly purpose: SessionPurpose };

/** All values arrive as text: see Row. */
const asText = { getTypeParser: () => (value: unknown) => value };

export const openDatabase = (settings: DatabaseSettings): Promise<Database> => databaseOn(linesOf(settings), settings);

/** `pooled`: sessions are lent by the transaction. That is found out before anything is set on one. */
export const openUnpooled = async (settings: DatabaseSettings): Promise<Database | "pooled"> => {
  const lines = linesOf(settings);
  try {
    const [one, other] = [await lines.dial(), await lines.dial()];
    const isLent = await lendsSessions(one.client, other.client).catch((error: unknown) => {
      throw toDatabaseError(error, undefined);
    });
    if (!isLent) return await databaseOn(lines, settings);
  } catch (error) {
    await hangUp(lines.unused);
    throw error;
  }
  await hangUp(lines.unused);
  return "pooled";
};

type Lines = {
  /** Connected, and nothing said on them yet. */
  readonly unused: Line[];
  readonly dial: () => Promise<Line>;
};

const linesOf = ({ client: connection, applicationName }: DatabaseSettings): Lines => {
  const unused: Line[] = [];
  const dial = async (): Promise<Line> => {
    const client = makeClient({ ...connection, types: asText, application_name: cut(applicationName) });
    const line: Line = { client, isBroken: false };
    // Without a listener a connection that the server ends would end the process.
    client.on("error", () => {
      line.isBroken = true;
    });
    try {
      await client.connect();
      unused.push(line);
      return line;
    } catch (error) {
      await hangUp([line]);
      throw toDatabaseError(error, undefined);
    }
  };
  return { unused, dial };
};

const hangUp = async (lines: readonly Line[]): Promise<void> =>
  void (await Promise.all(lines.map(({ client }) => client.end().catch(() => undefined))));

const databaseOn = async ({ unused, dial }: Lines, settings: DatabaseSettings): Promise<Database> => {
  const idle: Held[] = [];
  const busy = new Set<Held>();

  const open = async (purpose: SessionPurpose): Promise<Held> => {
    if (unused.length === 0) await dial();
    const line = unused.pop() as Line;
    const { client } = line;
    try {
      const setup = setupOf(purpose, settings);
      const answer = await client.query(textOf(setup));
      const last = Array.isArray(answer) ? answer.at(-1) : answer;
      await watchForDeadClient(client);
      const session = makeSession(client, Number(last.rows[0].pid), settings.trace, settings.personal);
      return { line, purpose, session };
    } catch (error) {
      await hangUp([line]);
      throw toDatabaseError(error, undefined);
    }
  };

  const take = async (purpose: SessionPurpose): Promise<Held> => {
    const at = idle.findIndex((h) => h.purpose === purpose && !h.line.isBroken);
    return at < 0 ? open(purpose) : (idle.splice(at, 1)[0] as Held);
  };

  const withSession = async <T>(purpose: SessionPurpose, use: (session: Session) => Promise<T>): Promise<T> => {
    const held = await take(purpose);
    busy.add(held);
    try {
      return await use(held.session);
    } catch (error) {
      // The driver tells of a lost connection a moment later than the statement that lost it.
      if (error instanceof DatabaseError && isConnectionLoss(error.sqlstate)) held.line.isBroken = true;
      throw error;
    } finally {
      busy.delete(held);
      if (held.line.isBroken || purpose === "hooks") await hangUp([held.line]);
      else idle.push(held);
    }
  };

  const first = await open("read");
  idle.push(first);
  const version = await first.session.rows(sql`select current_setting('server_version_num') as version`);

  return {
    serverVersion: Number(version[0]?.["version"]),
    withSession,
    prepare: async (purpose, count) => {
      const missing = count - idle.filter((h) => h.purpose === purpose && !h.line.isBroken).length;
      const opened = await Promise.allSettled(Array.from({ length: missing }, () => open(purpose)));
      for (const one of opened) if (one.status === "fulfilled") idle.push(one.value);
    },
    cancelRunning: async () => {
      const pids = [...busy].filter((h) => h.purpose !== "lock").map((h) => h.session.backendPid);
      if (pids.length === 0) return;
      const canceller = await open("read");
      try {
        for (const pid of pids) await canceller.session.run(sql`select pg_cancel_backend(${literal(pid)})`);
      } finally {
        await hangUp([canceller.line]);
      }
    },
    close: async () => {
      await hangUp([...unused, ...[...idle, ...busy].map((h) => h.line)]);
      idle.length = 0;
      unused.length = 0;
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
