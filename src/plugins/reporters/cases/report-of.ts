/** A fold: all events of a command and its exit code in, the report out from which every file is made. */
import type { StampedEvent } from "../../../domain/contracts/reporter.ts";
import type { RunState } from "../../../domain/event.ts";
import { isBad, type Report, type ReportedCase } from "../../../domain/report.ts";
import type { EventOf } from "../run-log.ts";
import { casesOf } from "./cases-of.ts";
import { newCase } from "./new-case.ts";

export type ReportEnd = {
  /** Undefined: the process was ended before there was one. */
  readonly exitCode: number | undefined;
  readonly at: Date;
};

export const reportOf = (events: readonly StampedEvent[], end: ReportEnd): Report => {
  const find = <K extends StampedEvent["event"]["kind"]>(kind: K): EventOf<K> | undefined =>
    events.findLast(({ event }) => event.kind === kind)?.event as EventOf<K> | undefined;
  const started = find("run_started");
  const finished = find("run_finished");
  const isPublished = find("publish_finished")?.status === "published";
  const context = { command: stepOf(started?.command), stand: isPublished ? "live" : "as tested" } as const;
  const exitCode = end.exitCode ?? finished?.exitCode;
  const state = finished?.state ?? stateOf(exitCode);
  const cases = toldApart([
    ...events.flatMap((stamped) => casesOf(stamped, context)),
    ...unfinished(events, context.command),
  ]);
  const startedAt = events[0]?.at ?? end.at;
  return {
    runId: events[0]?.runId ?? "",
    command: started?.command,
    project: started?.project,
    target: started?.target,
    startedAt,
    ms: finished?.ms ?? end.at.getTime() - startedAt.getTime(),
    state,
    exitCode,
    cases: [...cases, runCase(started?.command, state, exitCode, cases, end)],
  };
};

/** What is done to a node: `build` by all verbs that publish. */
const stepOf = (command: string | undefined): string =>
  command === undefined || ["run", "retry", "seed", "snapshot"].includes(command) ? "build" : command;

const stateOf = (exitCode: number | undefined): RunState => {
  if (exitCode === 0) return "succeeded";
  if (exitCode === undefined || exitCode === 130 || exitCode === 143) return "cancelled";
  return exitCode === 6 ? "refused" : "failed";
};

/** Nodes that were begun when the process ended. */
const unfinished = (events: readonly StampedEvent[], name: string): readonly ReportedCase[] => {
  const ended = new Set(events.flatMap(({ event }) => (event.kind === "node_finished" ? [event.node] : [])));
  return events.flatMap((stamped) => {
    const { event } = stamped;
    if (event.kind !== "node_started" || ended.has(event.node)) return [];
    ended.add(event.node);
    const summary = "the process ended while it was at work";
    const { node } = event;
    return [newCase({ kind: "node", id: node, subject: node, name, outcome: "cancelled", summary }, stamped)];
  });
};

/** Cases that have one name, or one id, are told apart by a number. */
const toldApart = (cases: readonly ReportedCase[]): readonly ReportedCase[] => {
  const seen = new Map<string, number>();
  const nth = (key: string, text: string): string => {
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    return count === 1 ? text : `${text} (${count})`;
  };
  return cases.map((one) => {
    const name = nth(`name\0${one.subject}\0${one.name}`, one.name);
    const id = nth(`id\0${one.kind}\0${one.id}`, one.id);
    return name === one.name && id === one.id ? one : { ...one, name, id };
  });
};

/** Bad where nothing else says why the command did not end well, so that no report of a failure is all green. */
const runCase = (
  command: string | undefined,
  state: RunState,
  exitCode: number | undefined,
  cases: readonly ReportedCase[],
  { at }: ReportEnd,
): ReportedCase => {
  const name = "comes to its end";
  const said = {
    kind: "run",
    id: "run",
    subject: `galley${command === undefined ? "" : ` ${command}`}`,
    name,
  } as const;
  if (state === "cancelled" || exitCode === undefined)
    return newCase({ ...said, outcome: "error", summary: "it was stopped before its end" }, { at });
  if (exitCode !== 0 && !cases.some(isBad)) {
    const why = exitCode === 1 && cases.some((c) => c.outcome === "warn") ? ": its warnings count as errors" : "";
    return newCase({ ...said, outcome: "error", summary: `it ended with exit code ${exitCode}${why}` }, { at });
  }
  return newCase({ ...said, outcome: "pass" }, { at });
};
