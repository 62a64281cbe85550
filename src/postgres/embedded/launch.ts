/** A held data folder and binaries in, a detached server that is ready out, or the reason in the server's own words. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, open, readFile, rename, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { giveTo, refuseChange } from "./account.ts";
import { RECOVERING } from "./ask.ts";
import type { Binaries } from "./binaries.ts";
import { dataArgument } from "./init.ts";
import { identityOf, type Layout } from "./layout.ts";
import { readPidFile } from "./pid-file.ts";
import { refuse, unless } from "./refusal.ts";
import { clusterNameOf, serverArguments } from "./settings.ts";
import type { HeldSite } from "./site.ts";

export type Launched =
  | { readonly kind: "ready" }
  /** The lines that the server wrote before it ended. */
  | { readonly kind: "ended"; readonly log: readonly string[] };

const POLL_MS = 5;
const LARGEST_LOG = 5 * 1_048_576;

export const launch = async (site: HeldSite, binaries: Binaries): Promise<Launched> => {
  const { layout, machine, account } = site;
  const log = await openLog(site);
  try {
    const marks = {
      port: await freePort(),
      clusterName: clusterNameOf(site.directory),
      directory: site.directory,
      binary: await binaryMark(binaries.postgres),
      project: layout.root,
    };
    const args = serverArguments(dataArgument(machine, layout.data), site.settings, marks);
    const child = spawn(binaries.postgres, args, {
      ...account,
      cwd: layout.data,
      env: binaries.env,
      detached: true,
      // Nothing of the caller's is held open: a pipe that waits for its end gets it.
      stdio: ["ignore", log.handle.fd, log.handle.fd],
      windowsHide: true,
    });
    await started(child, site);
    child.unref();
    return await untilReady(child, site, log.size);
  } finally {
    await log.handle.close();
  }
};

/** dev:ino, then the path it had. */
const binaryMark = async (program: string): Promise<string> => `${identityOf(await stat(program))}:${program}`;

/** Free a moment ago; whoever takes it in between makes this start fail and the next one choose again. */
const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("a TCP server has no port");
  return address.port;
};

const openLog = async ({ layout, account }: HeldSite) => {
  const before = await unless(["ENOENT"], stat(layout.log));
  if (before !== undefined && before.size > LARGEST_LOG) {
    await unless(["ENOENT"], rename(layout.log, `${layout.log}.1`));
  }
  const handle = await open(layout.log, "a", 0o600);
  await chmod(layout.log, 0o600);
  await giveTo(account, layout.log);
  return { handle, size: (await handle.stat()).size };
};

const started = async (child: ChildProcess, { account }: HeldSite): Promise<void> => {
  try {
    await once(child, "spawn");
  } catch (error) {
    if (account !== undefined) refuseChange(account, error);
    throw error;
  }
};

/** For as long as the process lives: a recovery takes what it takes. */
const untilReady = async (child: ChildProcess, site: HeldSite, logFrom: number): Promise<Launched> => {
  let hasReported = false;
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) {
      return { kind: "ended", log: linesOf(await logSince(site.layout, logFrom), child.pid) };
    }
    const file = await readPidFile(site.layout.data);
    const isReady = file?.pid === child.pid && file?.status === "ready";
    if (!hasReported && (await logSince(site.layout, logFrom)).includes("automatic recovery in progress")) {
      hasReported = true;
      site.report(RECOVERING);
    }
    if (isReady) return { kind: "ready" };
    await delay(POLL_MS);
  }
};

const logSince = async (layout: Layout, from: number): Promise<string> => {
  const bytes = await unless(["ENOENT"], readFile(layout.log));
  return bytes === undefined ? "" : bytes.subarray(from).toString("utf8");
};

/** Several servers may try at once and write into one log. Lines without a process id are the loader's own. */
export const linesOf = (text: string, pid: number | undefined): readonly string[] => {
  const lines = text.split("\n").filter((line) => line !== "");
  const isForeign = (line: string) => /^\S+ \S+ \S+ \[\d+\] /.test(line) && !line.includes(`[${pid}] `);
  const own = lines.filter((line) => !isForeign(line));
  // What keeps it from recovering is said by the process that recovers, not by the server itself.
  const startups = own.flatMap((line) => /startup process \(PID (\d+)\)/.exec(line)?.[1] ?? []);
  const isOfStartup = (line: string): boolean => startups.some((startup) => line.includes(`[${startup}] `));
  return lines.filter((line) => own.includes(line) || isOfStartup(line) || line.includes("PANIC"));
};

export const refuseStart = (layout: Layout, log: readonly string[]): never => {
  const reason = log.filter((line) => /FATAL|PANIC|error/i.test(line)).at(-1) ?? log.at(-1) ?? "it said nothing";
  return refuse("embedded/not-starting", `the embedded server does not start: ${saidIn(reason)}`, {
    help: `all it said stands in ${layout.log}`,
  });
};

/** Without time and process id. */
export const saidIn = (line: string): string => line.replace(/^.*?\[\d+\] /, "").trim();
