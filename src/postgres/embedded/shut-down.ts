/** A server's pid in, its end out: asked to stop at once but properly, and after ten seconds to drop everything. */
import { setTimeout as delay } from "node:timers/promises";
import { signalProcess } from "./machine.ts";
import { readPidFile } from "./pid-file.ts";
import { commandLine, settingOn } from "./processes.ts";
import { refuse } from "./refusal.ts";
import type { HeldSite } from "./site.ts";

const PATIENCE_MS = 10_000;
const POLL_MS = 5;

/** SIGINT ends sessions and writes all out (fast shutdown); SIGQUIT leaves it to the next start's recovery. */
export const stopFound = async (site: HeldSite, pid: number): Promise<void> => {
  for (const signal of ["SIGINT", "SIGQUIT"] as const) {
    signalProcess(pid, signal);
    if (await isGone(site, pid)) return;
  }
  refuse("embedded/not-stopping", `the embedded server (process ${pid}) does not end`, {
    help: `look at ${site.layout.log}; as a last resort, kill -9 ${pid}: the next start recovers`,
  });
};

/** The process, and not only its pid file, which goes first. A zombie that nobody reaps counts as gone. */
const isGone = async (site: HeldSite, pid: number): Promise<boolean> => {
  const until = performance.now() + PATIENCE_MS;
  while (performance.now() < until) {
    const line = await commandLine(pid);
    const isRunning = line !== undefined && settingOn(line, "galley.dir") === site.directory;
    if (!isRunning && (await readPidFile(site.layout.data))?.pid !== pid) return true;
    // Killed by SIGQUIT it leaves its pid file.
    if (!isRunning) return true;
    await delay(POLL_MS);
  }
  return false;
};
