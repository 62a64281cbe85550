/** Flags of every verb, and of those that open a project and select its nodes. */
import { flagOf } from "./flag.ts";

export const projectDir = flagOf({
  name: "project-dir",
  env: "GALLEY_PROJECT_DIR",
  kind: "text",
  placeholder: "folder",
  describe: "The project's folder; without it project.yml is searched here and upward",
});
export const quiet = flagOf({
  name: "quiet",
  alias: "q",
  env: "GALLEY_QUIET",
  kind: "switch",
  describe: "Say only what was asked for, and what is wrong",
});
export const debug = flagOf({
  name: "debug",
  env: "GALLEY_DEBUG",
  kind: "switch",
  describe: "Show each statement sent to the database, with its time",
});
export const logFormat = flagOf({
  name: "log-format",
  env: "GALLEY_LOG_FORMAT",
  kind: "text",
  choices: ["text", "json"],
  describe: "text for people, json for one event a line on standard output",
});
export const noColor = flagOf({
  name: "no-color",
  env: "GALLEY_NO_COLOR",
  kind: "switch",
  describe: "No colours; NO_COLOR is respected too",
});
export const target = flagOf({
  name: "target",
  alias: "t",
  env: "GALLEY_TARGET",
  kind: "text",
  placeholder: "name",
  describe: "The target of project.yml to connect to",
});
export const vars = flagOf({
  name: "vars",
  env: "GALLEY_VARS",
  kind: "text",
  placeholder: "yaml",
  describe: "Values for declared vars, as a YAML mapping: '{rolling_games: 10}'",
});
export const warnError = flagOf({
  name: "warn-error",
  env: "GALLEY_WARN_ERROR",
  kind: "switch",
  describe: "Count warnings as errors (exit 1)",
});
export const select = flagOf({
  name: "select",
  alias: "s",
  env: "GALLEY_SELECT",
  kind: "words",
  placeholder: "expression",
  describe: "Nodes to take: names, folders, +a a+ @a, tag:x path:x source:x config.k:v; a space is or, a comma is and",
});
export const exclude = flagOf({
  name: "exclude",
  env: "GALLEY_EXCLUDE",
  kind: "words",
  placeholder: "expression",
  describe: "Nodes to leave out, written like --select",
});
export const indirectSelection = flagOf({
  name: "indirect-selection",
  env: "GALLEY_INDIRECT_SELECTION",
  kind: "text",
  choices: ["eager", "cautious", "buildable"],
  describe:
    "Which tests come along: all that touch a chosen node (eager, the default), or only those that can be judged",
});

export const EVERYWHERE = [projectDir, quiet, debug, logFormat, noColor] as const;
export const PROJECT = [target, vars, warnError] as const;
export const SELECTION = [select, exclude, indirectSelection] as const;
