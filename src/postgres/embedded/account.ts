/** Under which account the server runs: one's own, or, since PostgreSQL refuses root, somebody else's. */
import { chown, readdir, readFile, stat } from "node:fs/promises";
import type { Layout } from "./layout.ts";
import { type Account, isRoot, type Machine } from "./machine.ts";
import { refuse, unless } from "./refusal.ts";

/** The same number on every Linux and macOS-like system that has the account at all. */
export const NOBODY: Account = { uid: 65_534, gid: 65_534 };

/** Undefined: the user that runs Galley. As root: the owner of the data, of the project, who called sudo, nobody. */
export const chooseAccount = async (layout: Layout, machine: Machine): Promise<Account | undefined> => {
  if (!isRoot(machine)) return undefined;
  const owners = [await ownerOf(layout.data), await ownerOf(layout.root), machine.sudo];
  return owners.find((owner) => owner !== undefined && owner.uid !== 0) ?? NOBODY;
};

/** What root makes belongs to the account. */
export const giveTo = async (account: Account | undefined, path: string): Promise<void> => {
  if (account === undefined) return;
  try {
    await chown(path, account.uid, account.gid);
  } catch (error) {
    refuseChange(account, error);
  }
};

/** The folder and all in it. */
export const giveAllTo = async (account: Account | undefined, folder: string): Promise<void> => {
  if (account === undefined) return;
  await giveTo(account, folder);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  await Promise.all(
    entries.filter((e) => !e.isSymbolicLink()).map((e) => giveTo(account, `${e.parentPath}/${e.name}`)),
  );
};

export const refuseChange = (account: Account, cause: unknown): never => {
  const { code, syscall } = cause as NodeJS.ErrnoException;
  if (code !== "EPERM") throw cause;
  return refuse("embedded/cannot-change-user", `root may not act as uid ${account.uid} here (${code} on ${syscall})`, {
    help: "this container lacks CAP_SETUID, CAP_SETGID or CAP_CHOWN: run as an ordinary user, or use --target",
  });
};

/** The account's name, else its number. */
export const nameOf = async (uid: number): Promise<string> => {
  const passwd = (await unless(["ENOENT", "EACCES"], readFile("/etc/passwd", "utf8"))) ?? "";
  const entry = passwd
    .split("\n")
    .map((line) => line.split(":"))
    .find((fields) => fields[2] === String(uid));
  return entry?.[0] ?? `uid ${uid}`;
};

const ownerOf = async (path: string): Promise<Account | undefined> =>
  unless(
    ["ENOENT", "ENOTDIR"],
    stat(path).then(({ uid, gid }) => ({ uid, gid })),
  );
