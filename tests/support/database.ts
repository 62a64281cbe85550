/** A database of its own for a test or a file of tests: empty, owned by a role that is no superuser. */
import { randomBytes } from "node:crypto";
import pg from "pg";
import { type ServerName, serverFacts } from "./servers.ts";

export type TestDatabase = {
  readonly name: string;
  /** As the owner, who is no superuser. */
  readonly url: string;
  readonly owner: string;
  /** The same database as the server's superuser. */
  readonly superuserUrl: string;
  /** Runs statements as the owner; the last one's rows. */
  readonly query: (text: string, values?: readonly unknown[]) => Promise<readonly Record<string, unknown>[]>;
  readonly queryAsSuperuser: (text: string) => Promise<readonly Record<string, unknown>[]>;
  /** Also ends the sessions that are still open on it. */
  readonly drop: () => Promise<void>;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
};

export const withTestDatabase = async (server: ServerName = "newest"): Promise<TestDatabase> => {
  const { adminUrl, owner, ownerPassword, prefix, template } = await serverFacts(server);
  const name = `${prefix}_${randomBytes(4).toString("hex")}`;
  await once(adminUrl, `create database ${name} template ${template} owner ${owner}`);
  const url = urlOf(adminUrl, { database: name, user: owner, password: ownerPassword });
  const superuserUrl = urlOf(adminUrl, { database: name, user: undefined, password: undefined });
  const drop = async (): Promise<void> => {
    await once(adminUrl, `drop database if exists ${name} with (force)`);
  };
  return {
    name,
    url,
    owner,
    superuserUrl,
    query: (text, values) => once(url, text, values),
    queryAsSuperuser: (text) => once(superuserUrl, text),
    drop,
    [Symbol.asyncDispose]: drop,
  };
};

type Changes = { readonly database: string; readonly user: string | undefined; readonly password: string | undefined };

const urlOf = (adminUrl: string, { database, user, password }: Changes): string => {
  const url = new URL(adminUrl);
  url.pathname = `/${database}`;
  if (user !== undefined) url.username = user;
  if (password !== undefined) url.password = password;
  return url.href;
};

/** The only database of a server that a test has for itself. */
export const databaseAt = (superuserUrl: string, close: () => Promise<void>): TestDatabase => {
  const query: TestDatabase["query"] = (text, values) => once(superuserUrl, text, values);
  const url = new URL(superuserUrl);
  return {
    name: url.pathname.slice(1),
    url: superuserUrl,
    owner: url.username,
    superuserUrl,
    query,
    queryAsSuperuser: query,
    drop: close,
    [Symbol.asyncDispose]: close,
  };
};

const once = async (
  url: string,
  text: string,
  values?: readonly unknown[],
): Promise<readonly Record<string, unknown>[]> => {
  const client = new pg.Client({ connectionString: url });
  // A server that ends the session between two answers; the query after it says so itself.
  client.on("error", () => undefined);
  await client.connect();
  try {
    const answer = await client.query(text, values === undefined ? undefined : [...values]);
    const last = Array.isArray(answer) ? answer.at(-1) : answer;
    return last.rows;
  } finally {
    await client.end();
  }
};
