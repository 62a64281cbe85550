/** What can be wrong with a project's coverage: each code once, with its exit code and what to do. */
import type { CodeEntry } from "./entry.ts";

export const coverageCodes = {
  "coverage/below": {
    exit: 1,
    title: "less is tested or described than was asked for",
    explanation:
      "`galley coverage` was given a threshold, with --fail-under or with `coverage:` in project.yml, and the selected relations are below it. What is missing is listed above the message. A relation that needs none of it is left out with --exclude.",
  },
} as const satisfies Record<string, CodeEntry>;
