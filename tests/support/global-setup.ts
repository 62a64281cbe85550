/** Once for a run of the integration tests: a server, a role that owns what tests make, and a template for databases. */
import { randomBytes } from "node:crypto";
import pg from "pg";
import type { TestProject } from "vitest/node";
import { buildCli } from "./built-cli.ts";
import { findTestServer } from "./test-server.ts";

export type TestServerFacts = {
  readonly adminUrl: string;
  /** No superuser; the name is the run's own, as roles are the server's. */
  readonly owner: string;
  readonly ownerPassword: string;
  /** Begins the name of every database of this run. */
  readonly prefix: string;
  readonly template: string;
};

declare module "vitest" {
  export interface ProvidedContext {
    readonly testServer: TestServerFacts;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [server] = await Promise.all([findTestServer(process.env), buildCli()]);
  process.stderr.write(`integration tests run on ${server.origin}\n`);
  const prefix = `galley_test_${randomBytes(4).toString("hex")}`;
  const facts: TestServerFacts = {
    adminUrl: server.adminUrl,
    owner: prefix,
    ownerPassword: randomBytes(12).toString("hex"),
    prefix,
    template: `${prefix}_template`,
  };
  await asAdmin(facts.adminUrl, async (client) => {
    await client.query(`create role ${facts.owner} login password '${facts.ownerPassword}'`);
    // Whoever is no superuser must belong to a role to make a database for it.
    await client.query(`grant ${facts.owner} to current_user`);
    await client.query(`create database ${facts.template} owner ${facts.owner} template template0`);
  });
  project.provide("testServer", facts);
  return async () => {
    await asAdmin(facts.adminUrl, (client) => dropAll(client, facts));
    await server.close();
  };
}

const dropAll = async (client: pg.Client, { prefix, owner }: TestServerFacts): Promise<void> => {
  const { rows } = await client.query("select datname from pg_database where starts_with(datname, $1)", [prefix]);
  for (const { datname } of rows) await client.query(`drop database if exists ${datname} with (force)`);
  await client.query(`drop role if exists ${owner}`);
};

const asAdmin = async (url: string, use: (client: pg.Client) => Promise<void>): Promise<void> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await use(client);
  } finally {
    await client.end();
  }
};
