/** Only what is wrong: diagnostics as they happen, and the report when the run did not go well. */
import type { Reporter, ReporterStreams } from "../../domain/contracts/reporter.ts";
import { diagnosticText } from "./diagnostic-text.ts";
import { colorsFor } from "./paint.ts";
import { reportText } from "./report.ts";
import { newRunLog } from "./run-log.ts";

const FILE_WIDTH = 120;

export const quiet = ({ out, err }: ReporterStreams): Reporter => {
  const log = newRunLog();
  const diagnostics = diagnosticText(colorsFor(err));
  const write = (block: string | undefined): void => {
    if (block !== undefined) err.write(`${block}\n`);
  };
  return {
    onEvent: ({ event }) => {
      log.add(event);
      write(diagnostics.of(event));
      if (event.kind === "run_finished") write(diagnostics.rest());
      if (event.kind === "run_finished" && event.state !== "succeeded")
        out.write(`${reportText(log.read(), { colors: colorsFor(out), width: out.columns() ?? FILE_WIDTH })}\n`);
    },
    close: async () => write(diagnostics.rest()),
  };
};
