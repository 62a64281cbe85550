/** What a flag means that a program leaves out: the same as on the command line. */
import { AS_SCHEDULED } from "../commands/event-time.ts";
import type { ProjectInput, RunInput, SelectInput } from "../commands/inputs.ts";

export const ofProject: ProjectInput = { target: undefined, vars: undefined, isWarnError: false, isDebug: false };
export const ofSelect: SelectInput = { select: [], exclude: [], indirectSelection: "eager" };
export const ofRaw = { ...ofProject, isSharedRaw: false, allowsRejects: false };
export const ofRun: RunInput = {
  ...ofProject,
  ...ofSelect,
  threads: undefined,
  isFailFast: false,
  rows: "as configured",
  isFullRefresh: false,
  eventTime: AS_SCHEDULED,
  allowsRejects: false,
  readers: "warn",
  foreign: "refused",
  freshness: "configured",
  lockWaitMs: 0,
};
