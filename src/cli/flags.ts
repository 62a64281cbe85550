/** Every flag, once. docs/cli.md is checked against it. */

export * from "./flags/asking.ts";
export type { Flag, FlagValue, ReadFlag } from "./flags/flag.ts";
export * from "./flags/past.ts";
export * from "./flags/project.ts";
export * from "./flags/running.ts";
export * from "./flags/upkeep.ts";
