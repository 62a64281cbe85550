/** A port in, who answers on the data folder's socket out: asked before every start, as no lock file can be trusted. */
import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import { codeOf, diskFull, refuse, refuseWith } from "./refusal.ts";
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
const STARTING_UP = "57P03";
const NO_SUCH_ROLE_OR_PASSWORD = ["28P01", "28000", "3D000"];

/** Undefined: nobody listens. A server that is starting, stopping or recovering is waited for. */
export const askServer = async (site: HeldSite, port: number): Promise<Answer | undefined> => {
  let hasOwner = false;
  let isWaiting = false;
  for (;;) {
    try {
      return await withClient(await ownerClient(site, port), introduce);
    } catch (error) {
      const sqlstate = sqlstateOf(error);
      if (sqlstate === undefined && isSilence(error)) return undefined;
      if (sqlstate === "53300") return refuseSlots(site, port);
      if (sqlstate === "53100") return refuseWith(await diskFull(site.layout.folder));
      if (sqlstate !== undefined && NO_SUCH_ROLE_OR_PASSWORD.includes(sqlstate)) {
        // On the first connection ever, the role is not there yet.
        if (hasOwner) return refusePassword(site);
        hasOwner = true;
        await makeOwner(site, port);
      } else if (sqlstate !== undefined && sqlstate !== STARTING_UP) {
        throw error;
      } else {
        if (!isWaiting && (error as Error).message.includes("recover")) site.report(RECOVERING);
        isWaiting = true;
        await delay(POLL_MS);
      }
    }
  }
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

const isSilence = (error: unknown): boolean =>
  ["ECONNREFUSED", "ENOENT", "ENOTSOCK", "ENOTDIR"].includes(codeOf(error) ?? "");

const makeOwner = async (site: HeldSite, port: number): Promise<void> => {
  try {
    await ensureOwner(site, port);
  } catch (error) {
    if (sqlstateOf(error) === "28P01") refusePassword(site);
    // Anything else the next round meets again, and judges.
    if (sqlstateOf(error) !== STARTING_UP && sqlstateOf(error) !== undefined) throw error;
  }
};

const refusePassword = (site: HeldSite): never =>
  refuse("embedded/wrong-password", `the server in ${site.layout.data} does not know the password that stands there`, {
    help: "`galley db reset` starts anew and keeps the old data",
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
