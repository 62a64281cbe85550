/** `.galley` itself: closed to others, and invisible to git. */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { giveTo } from "./account.ts";
import type { Layout } from "./layout.ts";
import type { Account } from "./machine.ts";
import { unless } from "./refusal.ts";

export const makeFolder = async ({ folder }: Layout, account: Account | undefined): Promise<void> => {
  const isMade = await unless(
    ["EEXIST"],
    mkdir(folder, { mode: 0o700 }).then(() => true),
  );
  if (isMade !== true) return;
  try {
    await writeFile(`${folder}/.gitignore`, "*\n", { mode: 0o600 });
    await giveTo(account, `${folder}/.gitignore`);
    await giveTo(account, folder);
  } catch (error) {
    // Left behind, it would belong to the wrong user and stand in the right one's way.
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
};
