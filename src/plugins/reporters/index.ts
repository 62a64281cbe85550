/** The reporters by name; the door chooses one for what it writes to, and adds the events' file. */
import type { Reporter, ReporterStreams } from "../../domain/contracts/reporter.ts";
import { jsonLines } from "./json-lines.ts";
import { plain } from "./plain.ts";
import { quiet } from "./quiet.ts";
import { terminal } from "./terminal.ts";
import type { Ticking } from "./ticking.ts";

export { eventsFile } from "./events-file.ts";

export const REPORTERS = {
  "json-lines": jsonLines,
  plain,
  quiet,
  terminal,
} as const satisfies Record<string, (streams: ReporterStreams, ticking: Ticking) => Reporter>;

export type ReporterName = keyof typeof REPORTERS;
