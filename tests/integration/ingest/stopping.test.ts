import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { ingest } from "../../../src/commands/ingest.ts";
import { migrate } from "../../../src/commands/migrate.ts";
import type { RunEvent } from "../../../src/domain/event.ts";
import { quietContext } from "../../support/command-line.ts";
import { withTestDatabase } from "../../support/database.ts";
import { makeProject } from "../../support/project.ts";

const PLAIN = { target: undefined, vars: undefined, isWarnError: false, isDebug: false, isSharedRaw: false };

test("a load from standard input that nothing ends is stopped with the command, and keeps nothing", async () => {
  await using database = await withTestDatabase();
  await using project = await makeProject({
    "project.yml":
      'name: shop\nschema: analytics\ntarget: s\ntargets: { s: { type: postgres, url: "${DATABASE_URL}" } }\n',
    "migrations/0001_raw.sql": "create schema raw;\ncreate table raw.items (code text primary key);\n",
    "ingest/items.yml":
      "ingest: items\nfile: { format: csv }\nsteps:\n  - { into: raw.items, key: [code], columns: { code: code } }\n",
  });
  const events: RunEvent[] = [];
  const stop = new AbortController();
  let reads = 0;
  const stdin = new Readable({
    read() {
      reads++;
      if (reads === 1) this.push("code\na\nb\n");
      else stop.abort(new Error("stopped"));
    },
  });
  const context = {
    ...quietContext(project.root, (event) => events.push(event)),
    env: { DATABASE_URL: database.url },
    signal: stop.signal,
    stdin,
  };
  const { exitCode } = await migrate(
    { ...context, signal: new AbortController().signal },
    { ...PLAIN, isDryRun: false },
  );
  expect(exitCode).toBe(0);
  await ingest(context, { ...PLAIN, mapping: "items", file: "-", allowsRejects: false });
  expect(events.flatMap((event) => (event.kind === "diagnostic" ? [event.diagnostic.message] : []))).toEqual([
    "reading standard input was stopped; nothing of it was kept",
  ]);
  expect(await database.query("select from raw.items")).toEqual([]);
  expect(await database.query("select from galley.quarantine")).toEqual([]);
});
