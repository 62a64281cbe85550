import { expect, test } from "vitest";
import type { DiagnosticCode } from "../../../src/domain/codes.ts";
import { remedyFor } from "../../../src/postgres/embedded/failed-start.ts";
import { linesOf } from "../../../src/postgres/embedded/launch.ts";
import { layoutOf } from "../../../src/postgres/embedded/layout.ts";
import { thisMachine } from "../../../src/postgres/embedded/machine.ts";
import { guarded } from "../../../src/postgres/embedded/refusal.ts";
import { EMBEDDED_SETTINGS } from "../../../src/postgres/embedded/settings.ts";
import type { Site } from "../../../src/postgres/embedded/site.ts";

const site: Site = {
  layout: layoutOf("/nowhere/project"),
  machine: thisMachine(),
  account: undefined,
  settings: EMBEDDED_SETTINGS,
  report: () => undefined,
  native: () => ({ folder: "/native", version: "18.4.0", major: "18" }),
};

const line = (text: string): string => `2026-11-22 19:00:00.000 UTC [42] ${text}`;

const judged = async (...log: readonly string[]): Promise<string> => {
  const outcome = await guarded(site.layout.folder, () => remedyFor(site, log.map(line)));
  return outcome.ok ? outcome.value : (outcome.diagnostics[0]?.code ?? "");
};

test.each<[string, string]>([
  ['FATAL:  lock file "postmaster.pid" already exists', "look-again"],
  ['FATAL:  lock file "postmaster.pid" is empty', "look-again"],
  ['LOG:  could not bind IPv4 address "127.0.0.1": Address already in use', "look-again"],
  ["FATAL:  could not create any TCP/IP sockets", "look-again"],
  ["FATAL:  pre-existing shared memory block (key 1, ID 2) is still in use", "end-orphans"],
])("%s → %s", async (text, remedy) => {
  expect(await judged(text)).toBe(remedy);
});

test.each<[string, DiagnosticCode]>([
  ['FATAL:  could not write lock file "postmaster.pid": No space left on device', "embedded/disk-full"],
  ['FATAL:  could not create lock file "postmaster.pid": Read-only file system', "embedded/read-only"],
  ["FATAL:  database files are incompatible with server", "embedded/other-major"],
  ["PANIC:  could not locate a valid checkpoint record at 0/174B5B8", "embedded/damaged-data"],
  ['PANIC:  could not read file "global/pg_control": read 100 of 296', "embedded/damaged-data"],
  ['FATAL:  unrecognized configuration parameter "x"', "embedded/not-starting"],
])("%s → %s", async (text, code) => {
  expect(await judged(text)).toBe(code);
});

test("what keeps the recovering process from its work is a reason, and what others say in the same log is none", async () => {
  const said = [
    "2026-11-22 19:00:00.000 UTC [42] LOG:  starting PostgreSQL 18.4",
    '2026-11-22 19:00:00.000 UTC [43] FATAL:  could not extend file "base/5/1259": No space left on device',
    "2026-11-22 19:00:00.000 UTC [44] FATAL:  of another server",
    "2026-11-22 19:00:00.000 UTC [42] LOG:  startup process (PID 43) exited with exit code 1",
    "2026-11-22 19:00:00.000 UTC [42] LOG:  database system is shut down",
  ];
  const lines = linesOf(said.join("\n"), 42);
  expect(lines).toEqual(said.filter((text) => !text.includes("[44]")));
  const outcome = await guarded(site.layout.folder, () => remedyFor(site, lines));
  expect(outcome.ok ? undefined : outcome.diagnostics[0]?.code).toBe("embedded/disk-full");
});

test("a server that said nothing is reported as such, with the log's place", async () => {
  const outcome = await guarded(site.layout.folder, () => remedyFor(site, []));
  expect(outcome).toMatchObject({
    ok: false,
    diagnostics: [
      {
        message: "the embedded server does not start: it said nothing",
        help: "all it said stands in /nowhere/project/.galley/server.log",
      },
    ],
  });
});
