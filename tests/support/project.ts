/** A project in a folder of its own, from a map of its files; and the real program, run in it. */
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { stopEmbedded } from "../../src/postgres/embedded/stop.ts";
import { buildCli } from "./built-cli.ts";

export type CliResult = { readonly stdout: string; readonly stderr: string; readonly code: number };

type CliOptions = {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** Relative to the project. */
  readonly cwd?: string;
};

export type TestProject = {
  readonly root: string;
  readonly write: (files: Readonly<Record<string, string>>) => Promise<void>;
  readonly read: (path: string) => Promise<string>;
  /** `galley …args` in the project's folder. */
  readonly galley: (args: readonly string[], options?: CliOptions) => Promise<CliResult>;
  /** With its embedded server, should it have one. */
  readonly remove: () => Promise<void>;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
};

export const makeProject = async (files: Readonly<Record<string, string>>): Promise<TestProject> => {
  const root = await realpath(await mkdtemp(`${tmpdir()}/galley-project-`));
  const write = async (more: Readonly<Record<string, string>>): Promise<void> => {
    for (const [path, content] of Object.entries(more)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), content);
    }
  };
  const remove = async (): Promise<void> => {
    await stopEmbedded({ projectRoot: root, others: "end", report: () => undefined });
    await rm(root, { recursive: true, force: true });
  };
  await write(files);
  return {
    root,
    write,
    read: (path) => readFile(join(root, path), "utf8"),
    galley: (args, options) => runCli(root, args, options),
    remove,
    [Symbol.asyncDispose]: remove,
  };
};

/** With nothing of the caller's environment that the program reads: no PG*, no GALLEY_*, no colour. */
const runCli = async (root: string, args: readonly string[], options: CliOptions = {}): Promise<CliResult> => {
  const child = spawn(process.execPath, [await buildCli(), ...args], {
    cwd: join(root, options.cwd ?? "."),
    env: { PATH: process.env["PATH"] ?? "", HOME: root, LANG: "C.UTF-8", TMPDIR: tmpdir(), ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  // A program that does not read its input closes it.
  child.stdin.on("error", () => undefined).end(options.stdin ?? "");
  const ended = new Promise<number>((resolve, reject) => {
    child.once("error", reject).once("close", (code, signal) => resolve(code ?? (signal === "SIGTERM" ? 143 : 130)));
  });
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { stdout, stderr, code };
};
