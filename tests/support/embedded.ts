/** Embedded servers of tests: started here or by another process, under another user, and gone when the test is. */
import { type ChildProcess, spawn } from "node:child_process";
import { chmod, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname } from "node:path";
import { text } from "node:stream/consumers";
import pg from "pg";
import { afterAll, beforeAll, expect, onTestFinished } from "vitest";
import type { Diagnostic, Outcome } from "../../src/domain/diagnostic.ts";
import { readPidFile } from "../../src/postgres/embedded/pid-file.ts";
import type { EmbeddedServer } from "../../src/postgres/embedded/server.ts";
import { startEmbedded } from "../../src/postgres/embedded/start.ts";
import { type OthersSessions, stopEmbedded } from "../../src/postgres/embedded/stop.ts";
import { buildCli } from "./built-cli.ts";

export const isRoot = process.getuid?.() === 0;

/** A folder for projects that everybody may pass through; removed with its servers when the test has finished. */
export const makeFolder = async (): Promise<string> => {
  const folder = await newFolder();
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
};

/** One project for a whole file: making data takes a second, and much longer on a busy machine. */
export const shareProject = (): (() => string) => {
  let folder: string | undefined;
  beforeAll(async () => {
    folder = await newFolder();
  });
  afterAll(async () => {
    if (folder === undefined) return;
    await stop(folder, "end");
    await rm(folder, { recursive: true, force: true });
  });
  return () => folder ?? expect.fail("the project is made before the first test");
};

const newFolder = async (): Promise<string> => {
  const folder = await realpath(await mkdtemp(`${tmpdir()}/galley-embedded-`));
  await chmod(folder, 0o755);
  return folder;
};

/** Its server is stopped before the folder goes: hooks run in reverse. */
export const watchProject = (root: string): string => {
  onTestFinished(async () => {
    await stop(root, "end");
  });
  return root;
};

export type Started = { readonly server: EmbeddedServer; readonly notes: readonly string[] };

/** Starts here, lets go of the folder at once. */
export const start = async (root: string): Promise<Started> => {
  const { outcome, notes } = await tryStart(root);
  if (!outcome.ok) return expect.fail(outcome.diagnostics.map((d) => `${d.code}: ${d.message}`).join("\n"));
  return { server: outcome.value, notes };
};

export const tryStart = async (root: string) => {
  const notes: string[] = [];
  const outcome = await startEmbedded({ projectRoot: root, report: (note) => notes.push(note) });
  if (outcome.ok) await outcome.value.close();
  return { outcome, notes };
};

export const stop = (root: string, others: OthersSessions) =>
  stopEmbedded({ projectRoot: root, others, report: () => undefined });

export const refusalOf = <T>(outcome: Outcome<T>): Diagnostic =>
  outcome.ok ? expect.fail(`expected a refusal, got ${JSON.stringify(outcome.value)}`) : first(outcome.diagnostics);

const first = (diagnostics: readonly Diagnostic[]): Diagnostic => diagnostics[0] ?? expect.fail("no diagnostic");

export const query = async (url: string, statement: string): Promise<readonly Record<string, unknown>[]> => {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
};

/** A session that stays until the test has finished or the server goes. */
export const openSession = async (url: string): Promise<pg.Client> => {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  onTestFinished(async () => {
    await client.end().catch(() => undefined);
  });
  return client;
};

export const pidIn = async (root: string): Promise<number> =>
  (await readPidFile(`${root}/.galley/data`))?.pid ?? expect.fail("no pid file");

export type Account = { readonly uid: number; readonly gid: number };

/** The same start in a process of its own; resolves to its answer. `wrapper` goes before node's own command line. */
export const startElsewhere = async (
  root: string,
  account: Account | undefined,
  wrapper: readonly string[] = [],
): Promise<Outcome<EmbeddedServer>> => {
  const child = await spawnStart(root, account, wrapper);
  const [answer, complaint] = await Promise.all([textOf(child.stdout), textOf(child.stderr)]);
  if (answer === "") expect.fail(`the process said nothing but: ${complaint}`);
  return JSON.parse(answer);
};

/** For tests that look at the process itself. */
export const spawnStart = (
  root: string,
  account: Account | undefined,
  wrapper: readonly string[] = [],
): Promise<ChildProcess> =>
  spawnScript(
    `const { startEmbedded } = await load("start");
     const outcome = await startEmbedded({ projectRoot: ${JSON.stringify(root)}, report: () => undefined });
     process.stdout.write(JSON.stringify(outcome));
     if (outcome.ok) await outcome.value.close();`,
    account,
    wrapper,
  );

/** What a script of ours writes to its output, read as JSON. */
export const runScript = async (script: string, account: Account | undefined): Promise<unknown> => {
  const child = await spawnScript(script, account, []);
  const [answer, complaint] = await Promise.all([textOf(child.stdout), textOf(child.stderr)]);
  return answer === "" ? expect.fail(`the process said nothing but: ${complaint}`) : JSON.parse(answer);
};

/** A script in a process of its own, with `load(name)` for the modules of the embedded server. */
const spawnScript = async (
  script: string,
  account: Account | undefined,
  wrapper: readonly string[],
): Promise<ChildProcess> => {
  const modules = `${dirname(dirname(await buildCli()))}/dist/postgres/embedded`;
  const whole = `const load = (name) => import(${JSON.stringify(modules)} + "/" + name + ".js");\n${script}`;
  const [program = process.execPath, ...args] = [...wrapper, process.execPath, "--input-type=module", "-e", whole];
  return spawn(program, args, { ...account, cwd: "/", env: { PATH: process.env["PATH"] ?? "" } });
};

const textOf = (stream: NodeJS.ReadableStream | null): Promise<string> =>
  stream === null ? Promise.resolve("") : text(stream);
