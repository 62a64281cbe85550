/** Every event as one JSON object a line on standard output, for programs. */
import type { Reporter, ReporterStreams } from "../../domain/contracts/reporter.ts";
import { eventLine } from "./event-record.ts";

export const jsonLines = ({ out }: ReporterStreams): Reporter => ({
  onEvent: (stamped) => out.write(`${eventLine(stamped)}\n`),
  close: async () => {},
});
