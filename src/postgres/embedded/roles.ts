/** A fresh server in, its owner role and database out; and what only the superuser may do on it. */
import { readFile } from "node:fs/promises";
import pg from "pg";
import { ident, literal, sql, textOf } from "../../domain/sql.ts";
import { makeClient } from "../client.ts";
import { ADMIN } from "./init.ts";
import { refuse, unless } from "./refusal.ts";
import type { HeldSite } from "./site.ts";

/** Builds run as this role, which owns the database of the same name and is no superuser. */
export const OWNER = "galley";
export const DATABASE = "galley";

/** One command makes the role at a time. */
const LOCK = 7_233_941_002;

export type Place = Pick<HeldSite, "host" | "layout">;

export const ownerClient = async ({ host, layout }: Place, port: number): Promise<pg.Client> => {
  const password = await secretOf(layout.password);
  return makeClient({ ...COMMON, host, port, user: OWNER, password, database: DATABASE });
};

export const adminClient = async ({ host, layout }: Place, port: number, database: string): Promise<pg.Client> => {
  const password = await secretOf(layout.adminPassword);
  return makeClient({ ...COMMON, host, port, user: ADMIN, password, database });
};

/** What PGOPTIONS and PGSSLMODE of the caller's environment say is meant for other servers. */
const COMMON = {
  ssl: false,
  isScramOnly: true,
  options: "-c client_min_messages=warning",
  application_name: "galley",
  connectionTimeoutMillis: 30_000,
} as const;

export const withClient = async <T>(client: pg.Client, use: (client: pg.Client) => Promise<T>): Promise<T> => {
  // A server that goes away meanwhile is heard of by the query that fails.
  client.on("error", () => undefined);
  try {
    await client.connect();
    return await use(client);
  } finally {
    await client.end().catch(() => undefined);
  }
};

/** Also brings a password back into line that the file and the server do not agree on. */
export const ensureOwner = async (site: Place, port: number): Promise<void> => {
  const password = await secretOf(site.layout.password);
  await withClient(await adminClient(site, port, "postgres"), async (client) => {
    await client.query(textOf(sql`select pg_advisory_lock(${literal(LOCK)})`));
    const role = await client.query(textOf(sql`select from pg_roles where rolname = ${literal(OWNER)}`));
    if (role.rowCount === 0) await client.query(textOf(sql`create role ${ident(OWNER)}`));
    // The verifier is computed by the server; nothing is logged of it (log_statement is off).
    await client.query(textOf(sql`alter role ${ident(OWNER)} login password ${literal(password)}`));
    const database = await client.query(textOf(sql`select from pg_database where datname = ${literal(DATABASE)}`));
    if (database.rowCount === 0) {
      await client.query(textOf(sql`create database ${ident(DATABASE)} owner ${ident(OWNER)}`));
    }
  });
};

const secretOf = async (path: string): Promise<string> => {
  const secret = await unless(["ENOENT"], readFile(path, "utf8"));
  return secret ?? refuse("embedded/wrong-password", `${path} is missing`, { help: "`galley db reset` starts anew" });
};

export const sqlstateOf = (error: unknown): string | undefined =>
  error instanceof pg.DatabaseError ? error.code : undefined;
