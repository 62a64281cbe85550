import { execFileSync } from "node:child_process";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import type { EmbeddedServer } from "../../src/postgres/embedded/server.ts";
import { THROWAWAY_SETTINGS } from "../../src/postgres/embedded/settings.ts";
import { startWith } from "../../src/postgres/embedded/start.ts";
import { buildCli } from "../support/built-cli.ts";
import { query } from "../support/embedded.ts";
import { tieToThisProcess } from "../support/lifeline.ts";
import { crashAll } from "./crash-all.ts";

const WANTED = { prepare: 4, build: 14, test: 10, publish: 15, drop: 7 };

test.skipIf(process.platform === "win32")(
  "kill -9 of every process of the server at any message of a build leaves live old or new, and the next build recovers",
  async () => {
    const folder = await mkdtemp(`${tmpdir()}/galley-crash-`);
    const end = await tieToThisProcess(folder);
    try {
      let server = await start(folder);
      const place = {
        victim: "the server",
        program: await buildCli(),
        url: () => server.url,
        ask: (statement: string) => query(server.url, statement),
        crash: () => {
          for (const pid of [server.pid, ...childrenOf(server.pid)]) kill(pid);
        },
        restore: async () => {
          server = await start(folder);
        },
        endsWith: [4, 0],
      };
      const report = await crashAll([place], WANTED);
      expect(report.findings).toEqual([]);
      expect(report.tooFew).toEqual([]);
    } finally {
      await end();
    }
  },
);

/** What is written survives the death of processes without fsync, as the machine goes on. */
const start = async (folder: string): Promise<EmbeddedServer> => {
  const started = await startWith({ projectRoot: folder, report: () => undefined }, THROWAWAY_SETTINGS);
  if (!started.ok) return expect.fail(started.diagnostics.map((d) => d.message).join("\n"));
  await started.value.close();
  return started.value;
};

const childrenOf = (parent: number): readonly number[] =>
  execFileSync("/bin/ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" })
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([pid, of]) => (pid !== undefined && of === parent ? [pid] : []));

const kill = (pid: number): void => {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    // It has ended by itself meanwhile.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
};
