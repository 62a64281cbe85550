/** A project's root in, the end of its server out, unless others use it. */
import type { Outcome } from "../../domain/diagnostic.ts";
import { type Found, findServer } from "./find.ts";
import { layoutOf } from "./layout.ts";
import { readPidFile } from "./pid-file.ts";
import { commandLine, settingOn } from "./processes.ts";
import { guarded, refuse } from "./refusal.ts";
import { stopFound } from "./shut-down.ts";
import type { HeldSite, Report } from "./site.ts";
import { siteOf } from "./start.ts";

/** What becomes of the sessions of others. */
export type OthersSessions = "keep" | "end";

export type StopRequest = {
  readonly projectRoot: string;
  readonly others: OthersSessions;
  readonly report: Report;
};

export type Stopped = { readonly projectRoot: string; readonly wasRunning: boolean };

export const stopEmbedded = ({ projectRoot, others, report }: StopRequest): Promise<Outcome<Stopped>> => {
  const layout = layoutOf(projectRoot);
  return guarded(layout.folder, async () => {
    const site = await siteOf(projectRoot, report);
    if (site === undefined) return { projectRoot: layout.root, wasRunning: false };
    try {
      return { projectRoot: layout.root, wasRunning: await stopIn(site, others) };
    } finally {
      await site.folder.close();
    }
  });
};

export const stopIn = async (site: HeldSite, others: OthersSessions): Promise<boolean> => {
  // By force: a server that cannot be asked (no free slot, hanging) is stopped all the same.
  const pid = others === "end" ? await pidHere(site) : undefined;
  if (pid !== undefined) {
    await stopFound(site, pid);
    return true;
  }
  const found = await findServer(site);
  if (found === undefined) return false;
  if (!found.isHere) refuseElsewhere(site, found.pid);
  if (others === "keep" && found.answer.others > 0) refuseSessions(site, found);
  await stopFound(site, found.pid);
  return true;
};

export const pidHere = async (site: HeldSite): Promise<number | undefined> => {
  const pid = (await readPidFile(site.layout.data))?.pid;
  const line = pid === undefined ? undefined : await commandLine(pid);
  return line !== undefined && settingOn(line, "galley.dir") === site.directory ? pid : undefined;
};

export const refuseElsewhere = (site: HeldSite, pid: number): never =>
  refuse("embedded/server-elsewhere", `the server of ${site.layout.folder} (process ${pid}) does not run here`, {
    help: "it answers from another container, or from its host: run `galley db stop` there",
  });

const refuseSessions = (site: HeldSite, { answer }: Found): never =>
  refuse("embedded/sessions-running", `${answer.others} other sessions use the server of ${site.layout.root}`, {
    help: "let them end, or `galley db stop --force`",
  });
