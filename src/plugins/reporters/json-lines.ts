/** Every event as one JSON object a line on standard output, for programs. */
import type { Reporter, ReporterStreams } from "../../domain/contracts/reporter.ts";
import { eventRecord } from "./event-record.ts";

export const jsonLines = ({ out }: ReporterStreams): Reporter => ({
  onEvent: (stamped) => out.write(`${JSON.stringify(eventRecord(stamped))}\n`),
  close: async () => {},
});
