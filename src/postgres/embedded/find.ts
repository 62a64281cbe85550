/** A held data folder in, the server that runs on it out, if any; what only looks like one is cleared away. */
import { stat } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { type Answer, askServer } from "./ask.ts";
import { identityOf } from "./layout.ts";
import { isAlive } from "./machine.ts";
import { type PidFile, putAside, readPidFile } from "./pid-file.ts";
import { commandLine, settingOn } from "./processes.ts";
import { refuse, unless } from "./refusal.ts";
import type { HeldSite } from "./site.ts";

export type Found = {
  readonly pid: number;
  readonly port: number;
  readonly answer: Answer;
  /** False: it runs in another container, or under another kernel's eyes. */
  readonly isHere: boolean;
};

const STARTING_PATIENCE_MS = 60_000;
/** A server writes its pid file in one go; one that stays empty was left by a full disk or a crash. */
const EMPTY_PATIENCE_MS = 10_000;
const POLL_MS = 20;

export const findServer = async (site: HeldSite): Promise<Found | undefined> => {
  const until = performance.now() + STARTING_PATIENCE_MS;
  for (;;) {
    const file = await readPidFile(site.layout.data);
    if (file === undefined) return undefined;
    const { pid, port } = file;
    const answer = port === undefined ? undefined : await askServer(site, port);
    // Over TCP the one who answers may be the original of a copy.
    if (pid !== undefined && port !== undefined && answer?.directory === site.directory) {
      return { pid, port, answer, isHere: await isOurs(site, pid) };
    }
    const judged = await judge(site, file);
    if (judged === "nobody") return undefined;
    if (performance.now() > until) return refuseSlow(site, pid);
    await delay(POLL_MS);
  }
};

/** The program that this server runs from is no longer what lies there. Only to be known of a server that is here. */
export const isBinaryReplaced = async ({ isHere, answer }: Found): Promise<boolean> => {
  const [, identity, path] = /^(\d+:\d+):(.*)$/s.exec(answer.binary) ?? [];
  if (!isHere || identity === undefined || path === undefined) return false;
  const facts = await unless(["ENOENT", "ENOTDIR", "EACCES"], stat(path));
  return facts === undefined || identityOf(facts) !== identity;
};

/** Who the silent owner of the pid file is. A file that speaks of nobody is put aside where PostgreSQL would trip. */
const judge = async (site: HeldSite, file: PidFile): Promise<"wait" | "nobody"> => {
  if (file.pid === undefined) {
    if (file.ageMs < EMPTY_PATIENCE_MS) return "wait";
    return clear(site, file, "an empty pid file");
  }
  const line = await commandLine(file.pid);
  const directory = line === undefined ? undefined : settingOn(line, "galley.dir");
  if (directory === site.directory) return "wait";
  if (directory !== undefined) return refuseCopy(site, line ?? "");
  // A pid that nobody has, PostgreSQL sees through by itself.
  return isAlive(file.pid)
    ? clear(site, file, `the pid file of process ${file.pid}, which is no server of these data`)
    : "nobody";
};

const clear = async (site: HeldSite, file: PidFile, what: string): Promise<"nobody"> => {
  await putAside(site.layout.data, file);
  site.report(`put aside ${what}`);
  return "nobody";
};

const isOurs = async (site: HeldSite, pid: number): Promise<boolean> => {
  const line = await commandLine(pid);
  return line !== undefined && settingOn(line, "galley.dir") === site.directory;
};

const refuseCopy = (site: HeldSite, line: string): never => {
  const original = settingOn(line, "galley.project") ?? "another folder";
  return refuse(
    "embedded/copied-while-running",
    `${site.layout.folder} was copied while its server ran in ${original}`,
    {
      help: `the copy may be torn: \`galley db stop\` in ${original} and copy again, or \`galley db reset\` here`,
    },
  );
};

const refuseSlow = (site: HeldSite, pid: number | undefined): never =>
  refuse("embedded/not-starting", `the embedded server (process ${pid ?? "unknown"}) neither starts nor ends`, {
    help: `${site.layout.log} says what it does; \`galley db stop --force\` ends it`,
  });
