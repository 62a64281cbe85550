/**
 * One database and one copy of the project, built again and again: each case crashes a build at its target, looks at what
 * stands, lets the next build recover, and looks again. Lanes run beside each other.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { openClient, projectYml, until } from "../support/engine.ts";
import { makeProject, type TestProject } from "../support/project.ts";
import { type Asks, liveIsOneOf, nothingIsLeft, rawIsWritable } from "./checks.ts";
import { CRASH_PROJECT, HANGING, RAW } from "./crash-project.ts";
import { type LiveState, liveState } from "./live-state.ts";
import { type MessageProxy, startProxy } from "./message-proxy.ts";
import { type Phase, phaseTeller } from "./phases.ts";
import { nameOf, type Target } from "./targets.ts";

export type Place = {
  /** What is killed there, as the log calls it. */
  readonly victim: string;
  /** Path of the program. */
  readonly program: string;
  /** As the owner, not through the proxy. Asked again after each crash: a server may come back elsewhere. */
  readonly url: () => string;
  readonly ask: Asks;
  /** What is killed, and resolves when it has been made good again as far as that is not the next build's task. */
  readonly crash: (program: number) => void;
  readonly restore: () => Promise<void>;
  /** The exit codes of a program that was crashed; null where the signal ended it. 0: it found itself published. */
  readonly endsWith: readonly (number | null)[];
};

export type CrashCase = {
  readonly target: Target;
  /** False: the build ended before it came to its target. */
  readonly isHit: boolean;
  readonly findings: readonly string[];
};

export type CrashLane = Pick<Place, "victim"> & {
  /** What an undisturbed build sends in each phase. */
  readonly messages: ReadonlyMap<Phase, number>;
  readonly run: (target: Target) => Promise<CrashCase>;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
};

const DAYS = 2;

export const openLane = async (place: Place): Promise<CrashLane> => {
  const project = await makeProject({ "project.yml": projectYml({ project: "vars: { day: 0 }" }), ...CRASH_PROJECT });
  const proxy = await startProxy(() => Number(new URL(place.url()).port));
  const work: Work = { place, project, proxy };
  await place.ask(RAW);
  const known = new Map<number, LiveState>();
  // What hangs on the project is there from the second build on; the second round is what is compared with.
  let messages: ReadonlyMap<Phase, number> = new Map();
  for (const day of [1, 2, 1, 2]) {
    messages = await countMessages(work, day);
    if (known.size === 0) await place.ask(HANGING);
    known.set(day, await liveState(place.ask));
  }
  let day = DAYS;
  let number = 0;
  return {
    victim: place.victim,
    messages,
    run: async (target) => {
      const old = known.get(day) ?? {};
      day = (day % DAYS) + 1;
      number += 1;
      const next = known.get(day) ?? {};
      return crashOnce(work, { target, day, known: { old, next }, number });
    },
    [Symbol.asyncDispose]: async () => {
      await proxy[Symbol.asyncDispose]();
      await project.remove();
    },
  };
};

type Work = { readonly place: Place; readonly project: TestProject; readonly proxy: MessageProxy };

const countMessages = async (work: Work, day: number): Promise<ReadonlyMap<Phase, number>> => {
  const counts = new Map<Phase, number>();
  const tell = phaseTeller();
  work.proxy.watch((message) => {
    const { phase, nth } = tell(message);
    counts.set(phase, nth + 1);
    return undefined;
  });
  const built = await build(work, day);
  work.proxy.watch(() => undefined);
  if (built.code !== 0) throw new Error(`an undisturbed build failed:\n${built.output}`);
  return counts;
};

type Asked = {
  readonly target: Target;
  readonly day: number;
  readonly known: { readonly old: LiveState; readonly next: LiveState };
  /** Every other case lets the next build meet what the crash left running; every third has a reader in its way. */
  readonly number: number;
};

const crashOnce = async (work: Work, { target, day, known, number }: Asked): Promise<CrashCase> => {
  const { place, proxy } = work;
  const { isHit, code } = await crashedBuild(work, target, day);
  await proxy.quiet();
  await place.restore();
  const findings = place.endsWith.includes(code) || !isHit ? [] : [`the program ended with ${code}`];
  if (code === 0) findings.push(...(await liveIsOneOf(place.ask, { old: known.next, next: known.next })));
  const isLeftAlone = number % 2 === 0 && isHit;
  if (!isLeftAlone) {
    await until(async () => (await place.ask(`select from pg_stat_activity where ${OF_A_RUN}`)).length === 0);
    findings.push(...(await liveIsOneOf(place.ask, known)));
    findings.push(...(await rawIsWritable(place.ask)));
  }
  // The session that holds the lock is idle: the server lets go of it as soon as it notices.
  await until(
    async () =>
      (
        await place.ask(
          `select from pg_locks l join pg_stat_activity a using (pid) where l.locktype = 'advisory' and ${OF_A_RUN}`,
        )
      ).length === 0,
  );
  const recovered = await (number % 3 === 0 ? buildPastReader(work, day) : build(work, day));
  if (recovered.code !== 0) findings.push(`the next build ended with ${recovered.code}:\n${recovered.output}`);
  else {
    findings.push(...(await nothingIsLeft(place.ask, known.next, recovered.runId)));
    findings.push(...(await rawIsWritable(place.ask)));
  }
  return { target, isHit, findings: findings.map((f) => `case ${number} (${nameOf(target)}): ${f}`) };
};

const OF_A_RUN = "datname = current_database() and application_name like 'galley/%'";

/** Whether the strike was reached before the build ended, and how it ended. */
const crashedBuild = async ({ place, project, proxy }: Work, target: Target, day: number): Promise<Crashed> => {
  let restored: Promise<void> | undefined;
  const running = startBuild(place.program, project.root, urlThrough(place, proxy), day, (line) => {
    if (line.includes(ASKING)) restored ??= place.restore();
  });
  const tell = phaseTeller();
  let isHit = false;
  const strike = (): void => {
    if (!running.isGoing()) return;
    isHit = true;
    place.crash(running.pid);
  };
  proxy.watch((message) => {
    const { phase, nth } = tell(message);
    if (isHit || phase !== target.phase || nth !== target.nth) return undefined;
    return {
      moment: target.moment,
      strike: target.delayMs === 0 ? strike : () => void setTimeout(strike, target.delayMs),
    };
  });
  const waiting = setTimeout(() => process.kill(running.pid, "SIGKILL"), LONGEST_MS);
  const { code } = await running.ended;
  clearTimeout(waiting);
  proxy.watch(() => undefined);
  await restored;
  return { isHit, code };
};

/** What a program says that waits for its server to come back: so it does, meanwhile. */
const ASKING = "asking the server what became of it";

/** Only for a fault: no program waits for ever for a server that is gone. Its exit code is then a finding. */
const LONGEST_MS = 90_000;

type Crashed = { readonly isHit: boolean; readonly code: number | null };

type BuildEnding = { readonly code: number | null; readonly runId: string; readonly output: string };

const build = ({ place, project, proxy }: Work, day: number): Promise<BuildEnding> =>
  startBuild(place.program, project.root, urlThrough(place, proxy), day).ended;

/** Somebody reads live in an open transaction until publish says that it waits for them. */
const buildPastReader = async ({ place, project, proxy }: Work, day: number): Promise<BuildEnding> => {
  const reader = await openClient(place.url());
  await reader.query("begin; select from shop.layer_1");
  const running = startBuild(place.program, project.root, urlThrough(place, proxy), day, (line) => {
    if (line.includes('"publish_waiting"')) void reader.query("commit").catch(() => undefined);
  });
  const ending = await running.ended;
  await reader.end();
  return ending;
};

const urlThrough = (place: Place, proxy: MessageProxy): string => {
  const url = new URL(place.url());
  url.hostname = "127.0.0.1";
  url.port = String(proxy.port);
  return url.href;
};

const startBuild = (
  program: string,
  root: string,
  url: string,
  day: number,
  onLine: (line: string) => void = () => undefined,
) => {
  const child = spawn(process.execPath, [program, "build", "--log-format", "json", "--vars", JSON.stringify({ day })], {
    cwd: root,
    env: { PATH: process.env["PATH"] ?? "", HOME: root, LANG: "C.UTF-8", TMPDIR: tmpdir(), DATABASE_URL: url },
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (child.pid === undefined) throw new Error(`${program} does not start`);
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    onLine(line);
  });
  const ended = Promise.all([once(child, "close"), text(child.stderr)]).then(([[code], complaints]): BuildEnding => {
    const output = [...lines.filter((line) => line.includes('"diagnostic"')), complaints].join("\n");
    return { code: code as number | null, runId: /"run_id":"([^"]+)"/.exec(lines[0] ?? "")?.[1] ?? "", output };
  });
  return { pid: child.pid, isGoing: () => child.exitCode === null && child.signalCode === null, ended };
};
