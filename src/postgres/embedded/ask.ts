/** A port in, who answers on the data folder's socket out: asked before every start, as no lock file can be trusted. */
import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import { ClearTextRequest } from "../client.ts";
import { codeOf, diskFull, isRefusal, refuse, refuseWith } from "./refusal.ts";
import { adminClient, ensureOwner, ownerClient, sqlstateOf, withClient } from "./roles.ts";
import type { HeldSite } from "./site.ts";

export type Answer = {
  readonly directory: string;
  readonly binary: string;
  readonly version: string;
  /** Other sessions than the one that asked. */
  readonly others: number;
};

const POLL_MS = 10;
/** For what may pass by itself; a server that says that it is starting or recovering is waited for without end. */
const PATIENCE_MS = 60_000;

/** Undefined: nobody of ours listens. */
export const askServer = async (site: HeldSite, port: number): Promise<Answer | undefined> => {
  let hasOwner = false;
  let isWaiting = false;
  let until = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await withClient(await ownerClient(site, port), introduce);
    } catch (error) {
      const meaning = meaningOf(error);
      if (meaning === "silence") return undefined;
      if (meaning === "no-slot") return refuseSlots(site, port);
      if (meaning === "disk-full") return refuseWith(await diskFull(site.layout.folder));
      if (meaning === "refused" || performance.now() > until) return refuseAnswer(site, error as Error);
      if (meaning === "unknown-role") {
        // On the first connection ever, the role is not there yet.
        if (hasOwner || !(await makeOwner(site, port))) return strangerAt(site);
        hasOwner = true;
        continue;
      }
      if (meaning === "starting") until = performance.now() + PATIENCE_MS;
      if (!isWaiting && (error as Error).message.includes("recover")) site.report(RECOVERING);
      isWaiting = true;
      await delay(POLL_MS);
    }
  }
};

type Meaning = "silence" | "no-slot" | "disk-full" | "unknown-role" | "starting" | "passing" | "refused";

const MEANINGS: Readonly<Record<string, Meaning>> = {
  "57P03": "starting",
  // Shut down or crashed while it was asked.
  "57P01": "passing",
  "57P02": "passing",
  "53300": "no-slot",
  "53100": "disk-full",
  "28P01": "unknown-role",
  "28000": "unknown-role",
  "3D000": "unknown-role",
};

const meaningOf = (error: unknown): Meaning => {
  const sqlstate = sqlstateOf(error);
  if (sqlstate !== undefined) return MEANINGS[sqlstate] ?? "refused";
  // A refusal of this room's own (a lost password file) goes on its way.
  if (isRefusal(error)) throw error;
  const isSilence = ["ECONNREFUSED", "ENOENT", "ENOTSOCK", "ENOTDIR"].includes(codeOf(error) ?? "");
  return isSilence || error instanceof ClearTextRequest ? "silence" : "passing";
};

export const RECOVERING = "the server was killed before; it is recovering, and what was committed is safe";

const introduce = async (client: pg.Client): Promise<Answer> => {
  const { rows } = await client.query(
    `select current_setting('galley.dir', true) as directory, current_setting('galley.bin', true) as binary,
            current_setting('server_version') as version,
            (select count(*)::int from pg_stat_activity
             where backend_type = 'client backend' and pid <> pg_backend_pid()) as others`,
  );
  const { directory, binary, version, others } = rows[0];
  return { directory: directory ?? "", binary: binary ?? "", version, others };
};

/** False when the superuser's password is not known there either. */
const makeOwner = async (site: HeldSite, port: number): Promise<boolean> => {
  try {
    await ensureOwner(site, port);
  } catch (error) {
    const meaning = meaningOf(error);
    if (meaning === "unknown-role") return false;
    if (meaning === "refused") return refuseAnswer(site, error as Error);
    // Anything else the next round meets again, and judges.
  }
  return true;
};

/** In the data folder nobody else can listen; on a port, a stranger may have followed our server. */
const strangerAt = (site: HeldSite): undefined => {
  if (site.host === "127.0.0.1") return undefined;
  return refuse(
    "embedded/wrong-password",
    `the server in ${site.layout.data} does not know the password that stands there`,
    {
      help: "`galley db reset` starts anew and keeps the old data",
    },
  );
};

const refuseAnswer = (site: HeldSite, error: Error): never =>
  refuse("embedded/not-starting", `the embedded server does not let us in: ${error.message}`, {
    help: `all it said stands in ${site.layout.log}`,
  });

/** Three slots are kept for the superuser, who can say who has the others. */
const refuseSlots = async (site: HeldSite, port: number): Promise<never> => {
  const holders = await withClient(await adminClient(site, port, "postgres"), async (client) => {
    const { rows } = await client.query(
      `select coalesce(nullif(application_name, ''), usename::text, 'unknown') as name, count(*)::int as sessions
       from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()
       group by 1 order by 2 desc, 1 limit 5`,
    );
    return rows.map(({ name, sessions }) => `${name} (${sessions})`).join(", ");
  });
  return refuse("embedded/no-free-slot", `all connections of the embedded server are in use, by ${holders}`, {
    help: "end what is not needed, lower `threads`, or `galley db stop --force`",
  });
};
