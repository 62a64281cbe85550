/** What a server said before it ended in, what to do about it out: try again in some way, or a diagnostic. */
import { refuseStart, saidIn } from "./launch.ts";
import { diskFull, refuse, refuseWith } from "./refusal.ts";
import type { Site } from "./site.ts";

export type Remedy =
  /** Another start was faster, or took the port: look again. */
  "look-again" | "end-orphans";

export const remedyFor = async (site: Site, log: readonly string[]): Promise<Remedy> => {
  const { layout } = site;
  const text = log.join("\n");
  if (/lock file "postmaster\.pid" (already exists|is empty)/.test(text)) return "look-again";
  if (/could not bind .*Address already in use|could not create any TCP\/IP sockets/.test(text)) return "look-again";
  if (text.includes("pre-existing shared memory block")) return "end-orphans";
  if (/No space left on device|Disk quota exceeded/.test(text)) return refuseWith(await diskFull(layout.folder));
  if (text.includes("Read-only file system")) {
    return refuse("embedded/read-only", `${layout.folder} is on a read-only filesystem`, {
      help: "mount it writable, or use a server of your own with --target",
    });
  }
  if (text.includes("database files are incompatible with server")) {
    return refuse("embedded/other-major", `${layout.data} was made by another PostgreSQL: ${last(log)}`, {
      help: "`galley db reset` keeps the old data and starts anew; then ingest and build again",
    });
  }
  if (DAMAGE.test(text)) {
    return refuse("embedded/damaged-data", `the embedded database is damaged: ${last(log)}`, {
      help: "`galley db reset` puts it aside (data-broken-<date>) and starts anew; then ingest and build again",
    });
  }
  return refuseStart(layout, log);
};

const DAMAGE = /PANIC|valid checkpoint record|pg_control|control file|invalid page|is not a valid data directory/;

const last = (log: readonly string[]): string =>
  saidIn(log.filter((line) => /FATAL|PANIC/.test(line)).at(-1) ?? log.at(-1) ?? "");
