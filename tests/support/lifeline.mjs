/**
 * Ends the test server when the runner goes away, however it goes: SIGKILL closes the pipe on stdin too.
 * Arguments: the server's project folder, which is removed with all in it.
 */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

const folder = process.argv[2];
const pidFile = `${folder}/.galley/data/postmaster.pid`;

const serverPid = () => {
  try {
    return Number(readFileSync(pidFile, "utf8").split("\n")[0]);
  } catch {
    return undefined;
  }
};

const signal = (pid, name) => {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended by itself.
  }
};

const end = async () => {
  for (const name of ["SIGINT", "SIGQUIT", "SIGKILL"]) {
    const pid = serverPid();
    if (pid === undefined) break;
    signal(pid, name);
    for (let waited = 0; waited < 5000 && existsSync(pidFile); waited += 20) await delay(20);
  }
  rmSync(folder, { recursive: true, force: true });
};

process.stdin.resume().once("end", end).once("error", end);
// The runner's Ctrl-C goes to the runner, which then lets go of the pipe.
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(name, () => undefined);
