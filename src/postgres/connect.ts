/** A target in, an open Database out: the embedded server is started where it is wanted, and a wrong server is refused. */
import type pg from "pg";
import { type Database, DatabaseError } from "../domain/contracts/database.ts";
import { type Diagnostic, errorOf, failed, type Outcome, ok } from "../domain/diagnostic.ts";
import type { Personal } from "../domain/personal.ts";
import { SQLSTATE } from "../domain/sqlstate.ts";
import type { ConnectionFacts, Target } from "../domain/target.ts";
import type { ClientSettings } from "./client.ts";
import { openDatabase, openUnpooled } from "./database.ts";
import type { EmbeddedServer } from "./embedded/start.ts";
import { pooled } from "./pooler.ts";
import type { Trace } from "./session.ts";

export type ConnectRequest = {
  readonly target: Target;
  readonly projectRoot: string;
  readonly runId: string;
  readonly extensions: readonly string[];
  /** Told what is worth knowing about the embedded server's start: a recovery, orphans that were ended. */
  readonly report: (message: string) => void;
  readonly trace: Trace | undefined;
  readonly personal: Personal;
};

export type Connection = {
  readonly database: Database;
  readonly server: EmbeddedServer | undefined;
  readonly close: () => Promise<void>;
};

const LOWEST_VERSION = 140_000;

export const connect = async (request: ConnectRequest): Promise<Outcome<Connection>> => {
  const { target } = request;
  if (target.type === "postgres") return open(request, clientOf(target.connection), undefined, target.role);
  // Who has a server of their own need not load what runs one.
  const { ensureExtensions, startEmbedded } = await import("./embedded/start.ts");
  const started = await startEmbedded({ projectRoot: request.projectRoot, report: request.report });
  if (!started.ok) return started;
  const server = started.value;
  const made = await ensureExtensions(server, request.extensions);
  if (!made.ok) {
    await server.close();
    return made;
  }
  const { host, port, user, password, database } = server;
  const connection = await open(
    request,
    { host, port, user, password, database, ssl: false, isScramOnly: true },
    server,
    undefined,
  );
  if (!connection.ok) await server.close();
  return connection;
};

const open = async (
  request: ConnectRequest,
  client: ClientSettings,
  server: EmbeddedServer | undefined,
  role: string | undefined,
): Promise<Outcome<Connection>> => {
  const { target, runId, trace, personal } = request;
  const applicationName = `galley/${runId}/${target.name}`;
  try {
    const settings = { client, applicationName, role, searchPath: target.searchPath, trace, personal };
    // The embedded server is reached directly.
    const database = await (server === undefined ? openUnpooled(settings) : openDatabase(settings));
    if (database === "pooled") return failed(pooled(target.name));
    if (database.serverVersion < LOWEST_VERSION) {
      await database.close();
      return failed(tooOld(target, database.serverVersion));
    }
    const close = async (): Promise<void> => {
      await database.close();
      await server?.close();
    };
    return ok({ database, server, close });
  } catch (error) {
    if (error instanceof DatabaseError) return failed(cannotConnect(target, error));
    throw error;
  }
};

const tooOld = (target: Target, version: number): Diagnostic =>
  errorOf(
    "postgres/server-too-old",
    `the server of target "${target.name}" is PostgreSQL ${Math.floor(version / 10_000)}; Galley needs 14 or later`,
    { help: "upgrade the server, or choose another target with --target" },
  );

const cannotConnect = (target: Target, error: DatabaseError): Diagnostic =>
  errorOf("postgres/cannot-connect", `target "${target.name}": ${error.message} (${error.sqlstate})`, {
    help: adviceFor(error.sqlstate),
  });

const adviceFor = (sqlstate: string): string => {
  if (sqlstate === "28P01" || sqlstate === "28000")
    return "check user and password of the target; `galley debug` shows what is used";
  if (sqlstate === "3D000") return "the database does not exist: create it, or correct the target's url or dbname";
  if (sqlstate === SQLSTATE.tooManyConnections)
    return "no free connection slot: lower `threads`, or end sessions that are not needed";
  if (sqlstate === SQLSTATE.invalidParameterValue || sqlstate === "22P02")
    return "the target's `role` or `search_path` is not valid on this server";
  return "is the server running, and are host and port right? `galley debug` checks each step";
};

const clientOf = (connection: ConnectionFacts): pg.ClientConfig => {
  if (connection.kind === "url") return { connectionString: connection.url };
  const { host, port, user, password, dbname, sslmode } = connection;
  return {
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    ...(dbname === undefined ? {} : { database: dbname }),
    ...(sslmode === undefined ? {} : { ssl: sslOf(sslmode) }),
  };
};

/** libpq's words: only the verify modes look at the certificate. */
const sslOf = (sslmode: string): boolean | { rejectUnauthorized: boolean } =>
  sslmode === "disable" ? false : { rejectUnauthorized: sslmode.startsWith("verify") };
