/** What every step of the embedded server's start needs to know, gathered once for a command. */
import type { FileHandle } from "node:fs/promises";
import type { Layout } from "./layout.ts";
import type { Account, Machine } from "./machine.ts";
import type { Native } from "./platform.ts";
import type { ServerSettings } from "./settings.ts";

export type Report = (message: string) => void;

export type Site = {
  readonly layout: Layout;
  readonly machine: Machine;
  readonly account: Account | undefined;
  readonly settings: ServerSettings;
  readonly report: Report;
  readonly native: () => Native;
};

/** A site whose data folder is there and held open: the way to its socket stays open with it. */
export type HeldSite = Site & {
  readonly folder: FileHandle;
  /** dev:ino of the data folder. */
  readonly directory: string;
  /** Where a client finds the socket, or 127.0.0.1. */
  readonly host: string;
};

/** Longer ones do not fit into a socket's address (104 bytes on macOS, 108 on Linux). */
const LONGEST_SOCKET_FOLDER = 80;

/** Through the open folder: neither the length of its path nor a closed folder above it matters. */
export const socketHost = (machine: Machine, layout: Layout, folder: FileHandle): string => {
  if (machine.platform === "linux") return `/proc/self/fd/${folder.fd}`;
  if (layout.data.length > LONGEST_SOCKET_FOLDER) return "127.0.0.1";
  return layout.data;
};
