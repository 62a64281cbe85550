/** Sessions that outlived a killed server and still hold its shared memory: found by their titles, and ended. */
import { setTimeout as delay } from "node:timers/promises";
import { signalProcess } from "./machine.ts";
import { allProcesses, commandLine, type ProcessLine, settingOn } from "./processes.ts";
import { refuse } from "./refusal.ts";
import { clusterNameOf } from "./settings.ts";
import type { HeldSite } from "./site.ts";

const PATIENCE_MS = 5_000;
const POLL_MS = 20;

/** Ends them; refuses where there are none to be seen, or where they stay. */
export const endOrphans = async (site: HeldSite): Promise<void> => {
  const processes = await allProcesses();
  // With its server alive it is no orphan: the start that lost looks for that server again.
  if (processes.some(({ line }) => settingOn(line, "galley.dir") === site.directory)) return;
  const orphans = processes.filter((p) => isOrphan(p, site.directory));
  if (orphans.length === 0) {
    refuse("embedded/orphans", `a server that was killed left processes that hold ${site.layout.data}`, {
      help: "they are not to be seen from here (another container?); end them where they run",
    });
  }
  signalAll(orphans, "SIGTERM");
  signalAll(await remaining(orphans), "SIGKILL");
  const left = await remaining(orphans);
  if (left.length > 0) {
    refuse(
      "embedded/orphans",
      `processes of a killed server could not be ended: ${left.map((p) => p.pid).join(", ")}`,
      {
        help: "end them by hand, then run again",
      },
    );
  }
  site.report(
    `ended ${orphans.length} ${orphans.length === 1 ? "process" : "processes"} that a killed server had left`,
  );
};

/** `postgres: galley-<dev>-<ino>: galley galley [local] SELECT` */
export const isOrphan = ({ line }: ProcessLine, directory: string): boolean =>
  line.startsWith(`postgres: ${clusterNameOf(directory)}: `);

const signalAll = (processes: readonly ProcessLine[], signal: NodeJS.Signals): void => {
  for (const { pid } of processes) signalProcess(pid, signal);
};

const remaining = async (processes: readonly ProcessLine[]): Promise<readonly ProcessLine[]> => {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const lines = await Promise.all(processes.map(({ pid }) => commandLine(pid)));
    // Pids are used again: only one with its old title is the same. Zombies have none.
    const left = processes.filter((_, i) => lines[i]?.startsWith("postgres: ") === true);
    if (left.length === 0 || performance.now() > until) return left;
    await delay(POLL_MS);
  }
};
