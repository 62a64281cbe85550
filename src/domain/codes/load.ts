/** What can be wrong in `load`: each code once, with the exit code it asks for and what a user can do about it. */
import type { CodeEntry } from "./entry.ts";

export const loadCodes = {
  "load/no-project": {
    exit: 2,
    title: "no project.yml here or above",
    explanation:
      "Galley looks for project.yml in the working folder and upward. Change into a project, name one with --project-dir, or make one with `galley init`.",
  },
} as const satisfies Record<string, CodeEntry>;
