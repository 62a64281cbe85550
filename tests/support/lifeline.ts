/** A guard that ends the server of a folder and removes the folder when this process lets go of it, however it ends. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** The answer ends it now. */
export const tieToThisProcess = async (folder: string): Promise<() => Promise<void>> => {
  const lifeline = fileURLToPath(new URL("./lifeline.mjs", import.meta.url));
  const guard = spawn(process.execPath, [lifeline, folder], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
  await once(guard, "spawn");
  return async () => {
    const ended = once(guard, "exit");
    guard.stdin.end();
    await ended;
  };
};
