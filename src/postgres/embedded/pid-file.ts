/** postmaster.pid, the server's own record of itself: read, and put aside when it speaks of nobody. */
import { randomBytes } from "node:crypto";
import { link, readFile, rename, rm, stat } from "node:fs/promises";
import { unless } from "./refusal.ts";

export type PidFile = {
  /** As it was read: what is put aside later must still be this. */
  readonly text: string;
  /** Undefined in a file that is empty or half written. */
  readonly pid: number | undefined;
  readonly port: number | undefined;
  /** starting, ready, stopping. */
  readonly status: string;
  readonly ageMs: number;
};

export const readPidFile = async (data: string): Promise<PidFile | undefined> => {
  const path = `${data}/postmaster.pid`;
  const text = await unless(["ENOENT"], readFile(path, "utf8"));
  const facts = await unless(["ENOENT"], stat(path));
  return text === undefined || facts === undefined ? undefined : parsePidFile(text, Date.now() - facts.mtimeMs);
};

/** Lines: pid, data folder, start, port, socket folder, address, shared memory, status. */
export const parsePidFile = (text: string, ageMs: number): PidFile => {
  const lines = text.split("\n").map((line) => line.trim());
  return { text, pid: positive(lines[0]), port: positive(lines[3]), status: lines[7] ?? "", ageMs };
};

/**
 * Takes the file away if it is still the one that was judged. Renamed first and read then: a server that wrote its own
 * in between gets it back.
 */
export const putAside = async (data: string, judged: PidFile): Promise<void> => {
  const path = `${data}/postmaster.pid`;
  const aside = `${path}.stale-${randomBytes(4).toString("hex")}`;
  const moved = await unless(
    ["ENOENT"],
    rename(path, aside).then(() => true),
  );
  if (moved === undefined) return;
  if ((await readFile(aside, "utf8")) !== judged.text) await unless(["EEXIST"], link(aside, path));
  await rm(aside, { force: true });
};

const positive = (line: string | undefined): number | undefined => {
  const value = Number(line);
  return Number.isInteger(value) && value > 0 ? value : undefined;
};
