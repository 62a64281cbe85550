/** Only what is wrong: diagnostics as they happen, and the report when the run did not go well. */
import type { Reporter, ReporterStreams } from "../../domain/contracts/reporter.ts";
import { colorsFor } from "./paint.ts";
import { diagnosticOf } from "./plain.ts";
import { reportText } from "./report.ts";
import { newRunLog } from "./run-log.ts";

const FILE_WIDTH = 120;

export const quiet = ({ out, err }: ReporterStreams): Reporter => {
  const log = newRunLog();
  const colors = colorsFor(err);
  return {
    onEvent: ({ event }) => {
      log.add(event);
      const block = diagnosticOf(event, colors);
      if (block !== undefined) err.write(`${block}\n`);
      if (event.kind === "run_finished" && event.state !== "succeeded")
        out.write(`${reportText(log.read(), { colors: colorsFor(out), width: out.columns() ?? FILE_WIDTH })}\n`);
    },
    close: async () => {},
  };
};
