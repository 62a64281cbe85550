/** Progress in a terminal: what is built scrolls by, what runs now stands below with its time, tests are counted. */
import type { Reporter, ReporterStreams } from "../../domain/contracts/reporter.ts";
import type { RunEvent } from "../../domain/event.ts";
import type { NodeId } from "../../domain/names.ts";
import { countOf, countText, durationText } from "../../lib/duration.ts";
import { diagnosticText } from "./diagnostic-text.ts";
import { nodeText, sideText, testText } from "./event-text.ts";
import { type LiveLine, liveBlock } from "./live-block.ts";
import { type Colors, colorsFor } from "./paint.ts";
import { reportText } from "./report.ts";
import { newRunLog, progressOf, type RunLog } from "./run-log.ts";
import type { Ticking } from "./ticking.ts";

const FRAME_MS = 100;
const MOST_RUNNING = 8;
const SPINNER = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

export const terminal = ({ out, err }: ReporterStreams, { nowMs, every }: Ticking): Reporter => {
  const log = newRunLog();
  const colors = colorsFor(err);
  const block = liveBlock(err);
  const diagnostics = diagnosticText(colors);
  const running = new Map<NodeId, number>();
  let stop: (() => void) | undefined;
  let startedMs = 0;
  let publishing: string | undefined;

  const redraw = (lasting?: string): void => {
    const now = nowMs();
    const spinner = SPINNER[Math.floor(now / FRAME_MS) % SPINNER.length] ?? "";
    const longest = [...running].slice(0, MOST_RUNNING);
    const more = running.size - longest.length;
    const lines = [
      ...longest.map(([node, since]) =>
        faintLine(`${spinner} ${shortName(node)}  ${durationText(now - since)}`, colors),
      ),
      ...(more > 0 ? [faintLine(`  … and ${countText(more)} more`, colors)] : []),
      { text: statusLine(log.read(), publishing, now - startedMs), paint: (text: string) => text },
    ];
    block.draw(lines, lasting);
  };
  const begin = (): void => {
    startedMs = nowMs();
    stop = every(FRAME_MS, () => redraw());
  };
  const finish = (): void => {
    stop?.();
    stop = undefined;
    block.end();
    const rest = diagnostics.rest();
    if (rest !== undefined) err.write(`${rest}\n`);
  };

  return {
    onEvent: ({ event }) => {
      log.add(event);
      if (event.kind === "run_started") begin();
      if (event.kind === "node_started") running.set(event.node, nowMs());
      if (event.kind === "node_finished") running.delete(event.node);
      if (event.kind === "publish_waiting") publishing = "publish waits";
      const lasting = [lastingLine(event, colors), diagnostics.of(event)].filter((text) => text !== undefined);
      if (lasting.length > 0 && stop === undefined) err.write(`${lasting.join("\n")}\n`);
      else if (lasting.length > 0) redraw(lasting.join("\n"));
      if (event.kind === "run_finished") {
        finish();
        out.write(`\n${reportText(log.read(), { colors: colorsFor(out), width: out.columns() ?? 120 })}\n`);
      }
    },
    close: async () => finish(),
  };
};

const faintLine = (text: string, colors: Colors): LiveLine => ({ text, paint: colors.faint });

/** `model.nba.team_form` → `team_form` */
const shortName = (node: NodeId): string => node.split(".").slice(2).join(".");

/** What is well of a test is only counted. */
const lastingLine = (event: RunEvent, colors: Colors): string | undefined => {
  if (event.kind === "node_finished") return nodeText(event, colors);
  if (event.kind === "test_finished") return event.status === "pass" ? undefined : testText(event, colors);
  if (event.kind === "run_started")
    return `${colors.strong(event.command)} of ${event.project} on target ${event.target}, ${countOf(event.threads, "thread")}`;
  return sideText(event, colors);
};

const statusLine = (log: RunLog, publishing: string | undefined, elapsedMs: number): string => {
  const { done, all } = progressOf(log);
  const failures = [...log.nodes, ...log.tests].filter((e) => e.status === "fail" || e.status === "error").length;
  return [
    `${countText(done)} of ${countText(all)}`,
    ...(failures > 0 ? [`${countText(failures)} failed`] : []),
    ...(publishing === undefined ? [] : [publishing]),
    durationText(elapsedMs),
  ].join(" · ");
};
