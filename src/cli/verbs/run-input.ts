/** From the command line to what the verbs that run nodes are asked. */
import type { PlanInput, RunInput } from "../../commands/inputs.ts";
import { adopt, allowRejects, failFast, fullRefresh, strictReaders, threads, wait } from "../flags.ts";
import { type Call, projectInputOf, selectInputOf } from "../verb.ts";

export const planInputOf = (call: Call): PlanInput => ({
  ...projectInputOf(call),
  ...selectInputOf(call),
  threads: call.read(threads),
  isFailFast: call.read(failFast),
  isFullRefresh: call.read(fullRefresh),
  allowsRejects: call.read(allowRejects),
  readers: call.read(strictReaders) ? "strict" : "warn",
  foreign: call.read(adopt) ? "adopted" : "refused",
});

export const runInputOf = (call: Call): RunInput => ({ ...planInputOf(call), lockWaitMs: lockWaitOf(call) });

/** Without the flag a schema that another run holds is not waited for at all. */
export const lockWaitOf = (call: Call): number => (call.read(wait) ?? 0) * 1000;
