/** A layout without data in, a data folder with its passwords out: made aside and renamed, so that half of one never counts. */
import { randomBytes } from "node:crypto";
import { chmod, mkdir, open, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { giveAllTo, giveTo, NOBODY } from "./account.ts";
import type { Binaries } from "./binaries.ts";
import { makeFolder } from "./folder.ts";
import type { Layout } from "./layout.ts";
import { type Account, isRoot, type Machine } from "./machine.ts";
import { codeOf, diskFull, freeMegabytes, refuse, refuseWith, unless } from "./refusal.ts";
import { type Ended, runAs } from "./run-as.ts";

/** A fresh data folder has 39 MB, and the first build wants some too. */
const MEGABYTES_NEEDED = 100;
const ABANDONED_AFTER_MS = 600_000;

export const ADMIN = "galley_admin";

export type InitRequest = {
  readonly layout: Layout;
  readonly machine: Machine;
  readonly account: Account | undefined;
  readonly binaries: Binaries;
};

/** True when the data folder was made here, false when another command was first. */
export const initData = async (request: InitRequest): Promise<boolean> => {
  const { layout, account } = request;
  const free = await freeMegabytes(layout.root);
  if (free !== undefined && free < MEGABYTES_NEEDED) refuseWith(await diskFull(layout.folder));
  await makeFolder(layout, account);
  await sweepAbandoned(layout);
  const side = `${layout.data}.new-${request.machine.pid}-${randomBytes(4).toString("hex")}`;
  try {
    await mkdir(side, { mode: 0o700 });
    await makeCluster(request, side);
    await writeSecret(account, `${side}/galley.password`, newPassword());
    await rename(side, layout.data);
    return true;
  } catch (error) {
    if (["ENOTEMPTY", "EEXIST"].includes(codeOf(error) ?? "")) return false;
    throw error;
  } finally {
    await rm(side, { recursive: true, force: true });
  }
};

const makeCluster = async (request: InitRequest, side: string): Promise<void> => {
  const { account, machine } = request;
  const password = newPassword();
  const first = await runInitdb(request, side, account, password);
  if (isWell(first)) return writeSecret(account, `${side}/galley.admin`, password);
  // initdb, unlike the server, wants its user to have a name. Nobody has one.
  const isNameless = first.kind === "ended" && first.output.includes("could not look up effective user ID");
  if (!isNameless || !isRoot(machine)) return refuseInit(request, first);
  const second = await runInitdb(request, side, NOBODY, password);
  if (!isWell(second)) return refuseInit(request, second);
  await giveAllTo(account, side);
  return writeSecret(account, `${side}/galley.admin`, password);
};

const isWell = (end: Ended): boolean => end.kind === "ended" && end.code === 0;

/** C.UTF-8 of PostgreSQL's own provider: the same order and the same letters on every machine. */
const CLUSTER = [
  ...["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"],
  ...["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions", `--username=${ADMIN}`],
];

const runInitdb = async (
  { binaries, machine }: InitRequest,
  side: string,
  account: Account | undefined,
  password: string,
): Promise<Ended> => {
  await giveTo(account, side);
  const file = `${side}.password`;
  await writeSecret(account, file, password);
  const secret = await open(file, "r");
  try {
    // The account may not be able to walk to the file, so it gets it as an open one; nobody else ever sees a name.
    await rm(file);
    const data = dataArgument(machine, side);
    const args = [...CLUSTER, "-D", data, "--pwfile=/dev/stdin"];
    return await runAs({ program: binaries.initdb, args, account, cwd: side, env: binaries.env, stdin: secret.fd });
  } finally {
    await secret.close();
    await rm(file, { force: true });
  }
};

/** A working folder that was entered before rights were dropped needs no way through closed folders. */
export const dataArgument = (machine: Machine, data: string): string =>
  machine.platform === "linux" ? "/proc/self/cwd" : data;

const newPassword = (): string => randomBytes(24).toString("base64url");

const writeSecret = async (account: Account | undefined, path: string, secret: string): Promise<void> => {
  await writeFile(path, secret, { mode: 0o600, flag: "wx" });
  await chmod(path, 0o600);
  await giveTo(account, path);
};

/** What killed commands left behind. */
const sweepAbandoned = async (layout: Layout): Promise<void> => {
  for (const name of await readdir(layout.folder)) {
    if (!name.startsWith("data.new-")) continue;
    const path = `${layout.folder}/${name}`;
    const facts = await unless(["ENOENT"], stat(path));
    if (facts === undefined || Date.now() - facts.mtimeMs < ABANDONED_AFTER_MS) continue;
    await rm(path, { recursive: true, force: true });
  }
};

const refuseInit = async ({ layout, machine }: InitRequest, end: Ended): Promise<never> => {
  const said = end.kind === "ended" ? end.output : end.error.message;
  if (/No space left on device|Disk quota exceeded/.test(said)) return refuseWith(await diskFull(layout.folder));
  if (said.includes("could not look up effective user ID")) {
    return refuse(
      "embedded/no-account",
      `uid ${machine.uid} has no account here, and PostgreSQL's initdb asks for one`,
      {
        help: "add one to /etc/passwd, run as root, or use a server of your own with --target",
      },
    );
  }
  const reason = said.split("\n").find((line) => /error:|FATAL|PANIC/.test(line)) ?? said.trim().split("\n").at(-1);
  return refuse("embedded/not-starting", `a data folder could not be made in ${layout.folder}: ${reason}`, {
    help: "free the cause and run again; nothing was left behind",
  });
};
