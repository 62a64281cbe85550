/** The commit that a project stands at, read from .git as it lies; undefined where there is none. */
import { readFile, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";

export const gitSha = async (root: string): Promise<string | undefined> => {
  for (let folder = root; ; folder = dirname(folder)) {
    const found = await stat(join(folder, ".git")).catch(() => undefined);
    if (found !== undefined) return headOf(join(folder, ".git"), found.isFile());
    if (folder === dirname(folder)) return undefined;
  }
};

const headOf = async (path: string, isPointer: boolean): Promise<string | undefined> => {
  try {
    // A worktree's .git is a file that says where the real one is.
    const folder = isPointer
      ? resolve(dirname(path), (await readFile(path, "utf8")).replace(/^gitdir: */, "").trim())
      : path;
    const head = (await readFile(join(folder, "HEAD"), "utf8")).trim();
    const ref = /^ref: (.+)$/.exec(head)?.[1];
    const sha = ref === undefined ? head : (await readFile(join(folder, ref), "utf8")).trim();
    return /^[0-9a-f]{40,64}$/.test(sha) ? sha : undefined;
  } catch {
    return undefined;
  }
};
