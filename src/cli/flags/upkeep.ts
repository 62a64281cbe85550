/** Flags of what begins a project, clears up behind it, and stops its server. */
import { flagOf } from "./flag.ts";

export const orphans = flagOf({
  name: "orphans",
  env: "GALLEY_ORPHANS",
  kind: "switch",
  describe: "Drop relations that Galley made and whose model is gone",
});
export const name = flagOf({
  name: "name",
  env: "GALLEY_NAME",
  kind: "text",
  placeholder: "name",
  describe: "The project's name; made from the folder's without it",
});
export const all = flagOf({
  name: "all",
  env: "GALLEY_ALL",
  kind: "switch",
  describe: "stop: every embedded server of this machine, not this project's alone",
});
export const force = flagOf({
  name: "force",
  env: "GALLEY_FORCE",
  kind: "switch",
  describe: "stop, reset: end the sessions of others too",
});
export const yes = flagOf({
  name: "yes",
  alias: "y",
  env: "GALLEY_YES",
  kind: "switch",
  describe: "reset: do not ask",
});
