/** A project's root in, its embedded data put aside out: the next start makes new ones. */
import { rename, stat } from "node:fs/promises";
import type { Outcome } from "../../domain/diagnostic.ts";
import { askServer } from "./ask.ts";
import { layoutOf } from "./layout.ts";
import { readPidFile } from "./pid-file.ts";
import { guarded, unless } from "./refusal.ts";
import type { HeldSite, Site } from "./site.ts";
import { dataMajor, siteOf } from "./start.ts";
import { pidHere, refuseElsewhere, type StopRequest, stopIn } from "./stop.ts";

export type Reset = {
  /** Where the old data lie now; undefined when there were none. */
  readonly keptAs: string | undefined;
};

/** Sessions of others forbid it as they forbid a stop. `today` names what is kept. */
export const resetEmbedded = (request: StopRequest, today: Date): Promise<Outcome<Reset>> => {
  const layout = layoutOf(request.projectRoot);
  return guarded(layout.folder, async () => {
    if ((await unless(["ENOENT"], stat(layout.data))) === undefined) return { keptAs: undefined };
    const site = await siteOf(request.projectRoot, request.report);
    if (site === undefined) return { keptAs: await putDataAside(layout.data, brokenName(today)) };
    try {
      await endBeforeReset(site, request);
      return { keptAs: await putDataAside(layout.data, await nameFor(site, today)) };
    } finally {
      await site.folder.close();
    }
  });
};

/** A pid file that a copy brought along speaks of the original's server, which is left alone. */
const endBeforeReset = async (site: HeldSite, { others }: StopRequest): Promise<void> => {
  if ((await pidHere(site)) !== undefined) {
    await stopIn(site, others);
    return;
  }
  const file = await readPidFile(site.layout.data);
  const answer = file?.port === undefined ? undefined : await askServer(site, file.port);
  if (answer?.directory === site.directory) refuseElsewhere(site, file?.pid ?? 0);
};

const brokenName = (today: Date): string => `broken-${today.toISOString().slice(0, 10)}`;

const nameFor = async (site: Site, today: Date): Promise<string> => {
  const major = await dataMajor(site);
  return major === undefined || major === site.native().major ? brokenName(today) : major;
};

const putDataAside = async (data: string, name: string): Promise<string> => {
  for (let n = 1; ; n++) {
    const kept = n === 1 ? `${data}-${name}` : `${data}-${name}-${n}`;
    if ((await unless(["ENOENT"], stat(kept))) !== undefined) continue;
    await rename(data, kept);
    return kept;
  }
};
