/** What tests of raw loading need: an opened database with bookkeeping, and a mapping from its YAML. */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Database } from "../../src/domain/contracts/database.ts";
import type { Diagnostic } from "../../src/domain/diagnostic.ts";
import type { IngestMapping } from "../../src/domain/ingest.ts";
import { NOTHING_PERSONAL } from "../../src/domain/personal.ts";
import { ensureBookkeeping } from "../../src/postgres/bookkeeping.ts";
import { openDatabase } from "../../src/postgres/database.ts";
import { readMapping } from "../../src/stages/load/ingest-mapping.ts";
import { readYaml } from "../../src/stages/load/read-yaml.ts";
import { withTestDatabase } from "./database.ts";
import type { ServerName } from "./servers.ts";

export const RUN_ID = "00000000-0000-4000-8000-000000000001";

export type RawDatabase = {
  readonly database: Database;
  readonly query: (text: string) => Promise<readonly Record<string, unknown>[]>;
  readonly url: string;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
};

/** As the owner, who is no superuser; `setup` has run. */
export const withRawDatabase = async (setup: string, server: ServerName = "newest"): Promise<RawDatabase> => {
  const test = await withTestDatabase(server);
  if (setup !== "") await test.query(setup);
  const database = await openDatabase({
    client: { connectionString: test.url },
    applicationName: "galley/test",
    role: undefined,
    searchPath: [],
    trace: undefined,
    personal: NOTHING_PERSONAL,
  });
  const made = await ensureBookkeeping(database, "galley");
  if (!made.ok) throw new Error(made.diagnostics.map((d) => d.message).join("; "));
  return {
    database,
    url: test.url,
    query: (text) => test.query(text),
    [Symbol.asyncDispose]: async () => {
      await database.close();
      await test.drop();
    },
  };
};

export const mappingOf = (text: string, path = "ingest/test.yml"): IngestMapping => {
  const found: Diagnostic[] = [];
  const tree = readYaml({ path, text }, found);
  const mapping = tree === undefined ? undefined : readMapping(tree, found);
  if (mapping === undefined) throw new Error(found.map((d) => d.message).join("; "));
  return mapping;
};

export async function* bytesOf(content: string | Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield Buffer.from(content);
}

export type TestFolder = {
  readonly path: string;
  readonly write: (name: string, content: string | Uint8Array) => Promise<string>;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
};

export const withFolder = async (files: Readonly<Record<string, string>> = {}): Promise<TestFolder> => {
  const path = await mkdtemp(join(tmpdir(), "galley-files-"));
  const write = async (name: string, content: string | Uint8Array): Promise<string> => {
    await writeFile(join(path, name), content);
    return join(path, name);
  };
  for (const [name, content] of Object.entries(files)) await write(name, content);
  return { path, write, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
};

/** Where a diagnostic points: the line, and the text of its span. */
export const placeOf = ({ at }: Diagnostic): string | undefined =>
  at &&
  `${at.file.path}:${at.file.text.slice(0, at.start).split("\n").length}: ${at.file.text.slice(at.start, at.end)}`;
