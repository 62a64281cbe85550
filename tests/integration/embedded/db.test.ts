import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { expect, onTestFinished, test } from "vitest";
import { dbList, dbPsql, dbStart, dbStop, dbUrl } from "../../../src/commands/db.ts";
import type { Outcome } from "../../../src/domain/diagnostic.ts";
import { pidIn, query, refusalOf, shareProject } from "../../support/embedded.ts";

const root = shareProject();

const input = () => ({ projectRoot: root(), report: () => undefined });

const answerOf = <T>(outcome: Outcome<T>): T =>
  outcome.ok ? outcome.value : expect.fail(outcome.diagnostics.map((d) => d.message).join("\n"));

test("start tells all but the password", async () => {
  const started = answerOf(await dbStart(input()));
  expect(Object.keys(started).sort()).toEqual([
    "isFirstStart",
    "pid",
    "port",
    "projectRoot",
    "startedMs",
    "version",
    "wasRunning",
  ]);
  expect(started).toMatchObject({ projectRoot: root(), pid: await pidIn(root()) });
});

test("a server that was stopped is started by asking for its URL, which works over TCP", async () => {
  expect(answerOf(await dbStop({ ...input(), others: "keep" })).wasRunning).toBe(true);
  const url = answerOf(await dbUrl(input()));
  expect(new URL(url)).toMatchObject({ protocol: "postgresql:", hostname: "127.0.0.1", username: "galley" });
  expect(await query(url, "select current_user as who")).toEqual([{ who: "galley" }]);
});

test("the list names each server with its project", async () => {
  const { pid, port } = answerOf(await dbStart(input()));
  const listed = answerOf(await dbList());
  expect(listed.filter((s) => s.projectRoot === root())).toMatchObject([
    { pid, port, isDeserted: false, isOurs: true },
  ]);
});

test("without a psql on PATH, the message says where to get one", async () => {
  const outcome = await dbPsql({ ...input(), searchPath: "/nowhere:", args: [] });
  expect(refusalOf(outcome)).toMatchObject({ code: "embedded/no-psql" });
});

test("psql is called with the user's arguments and a password that no list of processes shows", async () => {
  const folder = await mkdtemp(`${tmpdir()}/galley-psql-`);
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(`${folder}/psql`, "#!/bin/sh\n", { mode: 0o755 });
  const call = answerOf(await dbPsql({ ...input(), searchPath: `/nowhere:${folder}`, args: ["-c", "select 1"] }));
  expect(call).toMatchObject({ program: `${folder}/psql`, args: ["-c", "select 1"] });
  expect(call.env).toMatchObject({ PGHOST: "127.0.0.1", PGUSER: "galley", PGDATABASE: "galley" });
});
