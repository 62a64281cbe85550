/** Once for a run of the integration tests: its servers, on each a role that owns what tests make, and a template for databases. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import pg from "pg";
import type { TestProject } from "vitest/node";
import { buildCli } from "./built-cli.ts";
import { findLowestBinaries, startLowestServer } from "./lowest-server.ts";
import { findTestServer, type TestServer } from "./test-server.ts";

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
    /** Where to ask for the facts of the lowest supported version's server; undefined where there are no binaries. */
    readonly lowestServer: string | undefined;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [main] = await Promise.all([findTestServer(process.env).then(prepare), buildCli()]);
  const lowest = await offerLowest();
  const note = lowest === undefined ? "; there are no binaries of the lowest version, so its tests are skipped" : "";
  process.stderr.write(`integration tests run on ${main.server.origin}${note}\n`);
  project.provide("testServer", main.facts);
  project.provide("lowestServer", lowest?.url);
  return async () => {
    await main.end();
    await lowest?.end();
  };
}

type Prepared = {
  readonly server: TestServer;
  readonly facts: TestServerFacts;
  readonly end: () => Promise<void>;
};

const prepare = async (server: TestServer): Promise<Prepared> => {
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
  const end = async (): Promise<void> => {
    await asAdmin(facts.adminUrl, (client) => dropAll(client, facts));
    await server.close();
  };
  return { server, facts, end };
};

type Offer = { readonly url: string; readonly end: () => Promise<void> };

/** Tests run in processes of their own, and most runs need no second server: it is started for the first who asks. */
const offerLowest = async (): Promise<Offer | undefined> => {
  const native = findLowestBinaries();
  if (native === undefined) return undefined;
  let started: Promise<Prepared> | undefined;
  const desk = createServer((_, response) => {
    started ??= startLowestServer(native).then(prepare);
    started.then(
      ({ facts }) => response.end(JSON.stringify(facts)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  }).listen(0, "127.0.0.1");
  await once(desk, "listening");
  const { port } = desk.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    end: async () => {
      desk.close();
      desk.closeAllConnections();
      const prepared = await started?.catch(() => undefined);
      await prepared?.end();
    },
  };
};

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
