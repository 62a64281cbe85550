/** What can be wrong in `select`: each code once, with the exit code it asks for and what a user can do about it. */
import type { CodeEntry } from "./entry.ts";

export const selectCodes = {
  "select/malformed-expression": {
    exit: 2,
    title: "a selection expression cannot be read",
    explanation:
      "A word of --select or --exclude is a name, or a method and a value (`tag:nightly`), with graph operators around it (`+a`, `a+`, `2+a`, `a+3`, `@a`). A comma without spaces means both, a space means either. `@a` cannot be combined with `+`.",
  },
  "select/unknown-method": {
    exit: 2,
    title: "a selection method does not exist",
    explanation:
      "The word before the colon is the method: fqn, tag, path, file, source, config.<key>, resource_type, test_name or test_type.",
  },
  "select/unknown-revision": {
    exit: 2,
    title: "git cannot say what has changed",
    explanation:
      "`--changed-since` compares the project's files with those of a revision: a commit, a branch or a tag of the repository that the project lies in. A shallow clone, as CI makes it, may not have that revision: fetch it first.",
  },
  "select/nothing-matched": {
    exit: 5,
    title: "an expression matches nothing",
    explanation:
      "Each word of --select must match at least one node, so that a slip of the pen is not taken for a wish to do nothing. A word of --exclude that matches nothing is a warning. `galley ls` lists what can be selected.",
  },
  "select/nothing-left": {
    exit: 5,
    title: "everything that was selected was excluded again",
    explanation: "The words of --exclude took away all that --select had chosen, so there is nothing to do.",
  },
} as const satisfies Record<string, CodeEntry>;
