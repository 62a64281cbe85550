/** A server's pid in, its end out: asked to stop at once but properly, and after ten seconds to drop everything. */
import { setTimeout as delay } from "node:timers/promises";
import { signalProcess } from "./machine.ts";
import { commandLine, settingOn } from "./processes.ts";
import { refuse } from "./refusal.ts";
import type { HeldSite } from "./site.ts";

const PATIENCE_MS = 10_000;
const POLL_MS = 5;

export const stopFound = async (site: HeldSite, pid: number): Promise<void> => {
  if (await endServer(pid, site.directory)) return;
  refuse("embedded/not-stopping", `the embedded server (process ${pid}) does not end`, {
    help: `look at ${site.layout.log}; as a last resort, kill -9 ${pid}: the next start recovers`,
  });
};

/** SIGINT ends sessions and writes all out (fast shutdown); SIGQUIT leaves it to the next start's recovery. */
export const endServer = async (pid: number, directory: string): Promise<boolean> => {
  for (const signal of ["SIGINT", "SIGQUIT"] as const) {
    signalProcess(pid, signal);
    if (await isGone(pid, directory)) return true;
  }
  return false;
};

/** The process, and not only its pid file, which goes first. A zombie that nobody reaps counts as gone. */
const isGone = async (pid: number, directory: string): Promise<boolean> => {
  const until = performance.now() + PATIENCE_MS;
  while (performance.now() < until) {
    const line = await commandLine(pid);
    if (line === undefined || settingOn(line, "galley.dir") !== directory) return true;
    await delay(POLL_MS);
  }
  return false;
};
