/** Progress as lines, for pipes and logs: `3 of 12 OK table stats.team_form 7,380 rows 0.12 s`. */
import type { Reporter, ReporterStreams } from "../../domain/contracts/reporter.ts";
import type { RunEvent } from "../../domain/event.ts";
import { countOf, countText } from "../../lib/duration.ts";
import { diagnosticText } from "./diagnostic-text.ts";
import { nodeText, sideText, testText } from "./event-text.ts";
import { type Colors, colorsFor } from "./paint.ts";
import { reportText } from "./report.ts";
import { newRunLog, progressOf } from "./run-log.ts";

/** Columns of a report that goes to no terminal. */
const FILE_WIDTH = 120;

export const plain = ({ out, err }: ReporterStreams): Reporter => {
  const log = newRunLog();
  const colors = colorsFor(err);
  const diagnostics = diagnosticText(colors);
  const write = (block: string | undefined): void => {
    if (block !== undefined) err.write(`${block}\n`);
  };
  return {
    onEvent: ({ event }) => {
      log.add(event);
      const line = lineOf(event, colors);
      const { done, all } = progressOf(log.read());
      const isCounted = event.kind === "node_finished" || event.kind === "test_finished";
      const counter = countText(done).padStart(countText(all).length);
      if (line !== undefined) err.write(`${isCounted ? `${counter} of ${countText(all)} ` : ""}${line}\n`);
      write(diagnostics.of(event));
      if (event.kind !== "run_finished") return;
      write(diagnostics.rest());
      out.write(`${reportText(log.read(), { colors: colorsFor(out), width: out.columns() ?? FILE_WIDTH })}\n`);
    },
    close: async () => write(diagnostics.rest()),
  };
};

const lineOf = (event: RunEvent, colors: Colors): string | undefined => {
  if (event.kind === "node_finished") return nodeText(event, colors);
  if (event.kind === "test_finished") return testText(event, colors);
  if (event.kind === "run_started")
    return `${event.command} of ${event.project} on target ${event.target}, ${countOf(event.threads, "thread")}`;
  return sideText(event, colors);
};
