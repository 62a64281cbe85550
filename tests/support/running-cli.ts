/** The real program while it runs: its events as they come, signals, and pipes that are closed early. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";
import { buildCli } from "./built-cli.ts";

export type RunningCli = {
  readonly child: ChildProcessWithoutNullStreams;
  /** Resolves with the first line of standard output that holds the text. */
  readonly lineWith: (text: string) => Promise<string>;
  /** All that came on standard error so far. */
  readonly complaints: () => string;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
};

export const startCli = async (
  root: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<RunningCli> => {
  const child = spawn(process.execPath, [await buildCli(), ...args], {
    cwd: root,
    env: { PATH: process.env["PATH"] ?? "", HOME: root, LANG: "C.UTF-8", TMPDIR: tmpdir(), ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let complaints = "";
  child.stderr.on("data", (chunk) => {
    complaints += String(chunk);
  });
  const lines: string[] = [];
  const listeners = new Set<() => void>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    for (const listener of listeners) listener();
  });
  const ended = once(child, "close").then(([code, signal]) => ({ code, signal }));
  return {
    child,
    complaints: () => complaints,
    ended,
    lineWith: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const line = lines.find((l) => l.includes(text));
          if (line === undefined) return;
          listeners.delete(look);
          resolve(line);
        };
        listeners.add(look);
        look();
        void ended.then(({ code }) => reject(new Error(`it ended with ${code} before "${text}": ${complaints}`)));
      }),
  };
};
