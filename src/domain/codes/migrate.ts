/** What can be wrong in `migrate`: each code once, with the exit code it asks for and what a user can do about it. */
import type { CodeEntry } from "./entry.ts";

export const migrateCodes = {} as const satisfies Record<string, CodeEntry>;
