/** From the command line to what the verbs that run nodes are asked. */
import type { PlanInput, RunInput, SelectInput } from "../../commands/inputs.ts";
import type { RowsWanted } from "../../domain/test-subject.ts";
import {
  adopt,
  allowRejects,
  eventTimeEnd,
  eventTimeStart,
  failFast,
  freshness,
  fullRefresh,
  noRows,
  strictReaders,
  threads,
  wait,
} from "../flags.ts";
import { type Call, projectInputOf, selectInputOf } from "../verb.ts";

type WorkInput = Omit<RunInput, keyof SelectInput | "isFullRefresh" | "eventTime" | "lockWaitMs">;

const workInputOf = (call: Call): WorkInput => ({
  ...projectInputOf(call),
  threads: call.read(threads),
  isFailFast: call.read(failFast),
  rows: rowsOf(call),
  allowsRejects: call.read(allowRejects),
  readers: call.read(strictReaders) ? "strict" : "warn",
  foreign: call.read(adopt) ? "adopted" : "refused",
  freshness: FRESHNESS[call.read(freshness) ?? "configured"],
});

export const rowsOf = (call: Call): RowsWanted => (call.read(noRows) ? "none" : "as configured");

const FRESHNESS = { configured: "configured", check: "checked", ignore: "ignored" } as const;

export const planInputOf = (call: Call): PlanInput => ({
  ...workInputOf(call),
  ...selectInputOf(call),
  isFullRefresh: call.read(fullRefresh),
  eventTime: { start: call.read(eventTimeStart), end: call.read(eventTimeEnd) },
});

export const runInputOf = (call: Call): RunInput => ({ ...planInputOf(call), lockWaitMs: lockWaitOf(call) });

/** For a verb that goes on with what another was asked. */
export const unselectedInputOf = (call: Call): WorkInput & Pick<RunInput, "lockWaitMs"> => ({
  ...workInputOf(call),
  lockWaitMs: lockWaitOf(call),
});

/** Without the flag a schema that another run holds is not waited for at all. */
export const lockWaitOf = (call: Call): number => (call.read(wait) ?? 0) * 1000;
