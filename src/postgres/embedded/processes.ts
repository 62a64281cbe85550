/** The processes of this machine, by what their command lines say: from /proc, else from ps. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { unless } from "./refusal.ts";

export type ProcessLine = {
  readonly pid: number;
  /** Arguments, each ended by NUL where /proc gives them, else as ps shows them. Empty for a zombie. */
  readonly line: string;
};

/** Undefined when there is no such process here. */
export const commandLine = async (pid: number): Promise<string | undefined> =>
  hasProc() ? procLine(pid) : (await psLines(["-p", String(pid)]))[0]?.line;

export const allProcesses = async (): Promise<readonly ProcessLine[]> => {
  if (!hasProc()) return psLines(["-A"]);
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const lines = await Promise.all(pids.map(async (pid) => ({ pid, line: (await procLine(pid)) ?? "" })));
  return lines.filter(({ line }) => line !== "");
};

/** The value of `-c name=value` on a server's command line. Only the last argument may hold spaces, because of ps. */
export const settingOn = (line: string, name: string): string | undefined => {
  const separator = line.includes("\0") ? "\0" : " ";
  const mark = `-c${separator}${name}=`;
  const start = line.indexOf(mark);
  if (start < 0) return undefined;
  const rest = line.slice(start + mark.length);
  const end = separator === " " && name === LAST_SETTING ? -1 : rest.indexOf(separator);
  return (end < 0 ? rest : rest.slice(0, end)).trim();
};

const LAST_SETTING = "galley.project";

const hasProc = (): boolean => existsSync("/proc/self/cmdline");

const procLine = (pid: number): Promise<string | undefined> =>
  unless(["ENOENT", "ESRCH", "EACCES"], readFile(`/proc/${pid}/cmdline`, "utf8"));

/** ps ends with 1 when nothing was found. */
const psLines = async (which: readonly string[]): Promise<readonly ProcessLine[]> => {
  const run = promisify(execFile);
  const { stdout } = await run("ps", ["-ww", "-o", "pid=,command=", ...which]).catch(() => ({ stdout: "" }));
  return stdout.split("\n").flatMap((text) => {
    const found = /^\s*(\d+)\s(.*)$/.exec(text);
    return found === null ? [] : [{ pid: Number(found[1]), line: found[2] ?? "" }];
  });
};
