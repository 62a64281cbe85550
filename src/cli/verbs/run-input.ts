/** From the command line to what the verbs that run nodes are asked. */
import type { RunInput } from "../../commands/inputs.ts";
import { adopt, allowRejects, failFast, strictReaders, threads } from "../flags.ts";
import { type Call, projectInputOf, selectInputOf } from "../verb.ts";

export const runInputOf = (call: Call): RunInput => ({
  ...projectInputOf(call),
  ...selectInputOf(call),
  threads: call.read(threads),
  isFailFast: call.read(failFast),
  allowsRejects: call.read(allowRejects),
  readers: call.read(strictReaders) ? "strict" : "warn",
  foreign: call.read(adopt) ? "adopted" : "refused",
});
