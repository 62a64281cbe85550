/** A database to measure on: the one of BENCH_URL, or an embedded server of this run alone. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import pg from "pg";
import { galley } from "./program.mjs";

/** `folder` is for projects; it goes away at the end, and the server with it. */
export const withServer = async (use) => {
  const folder = mkdtempSync(`${tmpdir()}/galley-bench-`);
  try {
    const given = process.env.BENCH_URL;
    if (given !== undefined && given !== "") return await use({ url: given, folder });
    const home = `${folder}/server`;
    mkdirSync(home);
    writeFileSync(
      `${home}/project.yml`,
      "name: bench_server\ntarget: embedded\ntargets:\n  embedded: { type: embedded }\n",
    );
    try {
      await galley(["db", "start"], { cwd: home });
      const { out } = await galley(["db", "url"], { cwd: home });
      return await use({ url: out.trim(), folder });
    } finally {
      await galley(["db", "stop"], { cwd: home });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** All that a model's session has: the fixed search_path, and values as text. */
const connect = async (url) => {
  const client = new pg.Client({ connectionString: url, types: { getTypeParser: () => (value) => value } });
  await client.connect();
  await client.query("set search_path = pg_catalog; set client_min_messages = warning");
  return client;
};

export const withClients = async (url, count, use) => {
  const clients = await Promise.all(Array.from({ length: count }, () => connect(url)));
  try {
    return await use(clients);
  } finally {
    await Promise.all(clients.map((client) => client.end()));
  }
};

/** Drops schemas table by table: a thousand at once would overfill the lock table. */
export const dropSchemas = (url, names) =>
  withClients(url, 1, async ([client]) => {
    for (const name of names) {
      const { rows } = await client.query(`select tablename from pg_tables where schemaname = '${name}'`);
      for (let i = 0; i < rows.length; i += 100)
        await client.query(
          `drop table ${rows
            .slice(i, i + 100)
            .map((r) => `"${name}"."${r.tablename}"`)
            .join(", ")} cascade`,
        );
      await client.query(`drop schema if exists "${name}" cascade`);
    }
    await client.query("checkpoint").catch(() => undefined);
  });
