/** What is said of embedded servers: started, stopped, listed, reset. */
import type { DbStarted, Reset, RunningServer, Stopped } from "../../commands/db.ts";
import { durationText } from "../../lib/duration.ts";
import { tableLines } from "../../lib/table.ts";

export const startedText = ({
  projectRoot,
  pid,
  port,
  version,
  isFirstStart,
  wasRunning,
  startedMs,
}: DbStarted): string => {
  const server = `PostgreSQL ${version} of ${projectRoot} on port ${port} (process ${pid})`;
  if (wasRunning) return `${server} was running`;
  return `${server} ${isFirstStart ? "set up and started" : "started"} in ${durationText(startedMs)}`;
};

export const stoppedText = ({ projectRoot, wasRunning }: Stopped): string =>
  wasRunning ? `stopped the server of ${projectRoot}` : `no server of ${projectRoot} was running`;

export const serverLines = (servers: readonly RunningServer[], width: number): readonly string[] => {
  if (servers.length === 0) return ["no embedded server runs on this machine"];
  const rows = servers.map((s) => [
    String(s.pid),
    s.port === undefined ? null : String(s.port),
    s.isDeserted ? `${s.projectRoot} (gone: end process ${s.pid})` : s.projectRoot,
  ]);
  return tableLines({ columns: ["process", "port", "project"], rows, width });
};

export const resetText = ({ keptAs }: Reset): string =>
  keptAs === undefined
    ? "there was no database yet"
    : `the next build begins with an empty database; the old one is kept in ${keptAs}`;
