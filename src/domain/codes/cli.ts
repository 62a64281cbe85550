/** What can be wrong in `cli`: each code once, with the exit code it asks for and what a user can do about it. */
import type { CodeEntry } from "./entry.ts";

export const cliCodes = {
  "cli/unknown-verb": {
    exit: 2,
    title: "the verb does not exist",
    explanation: "The first word of the command line is the verb. `galley --help` lists them.",
  },
  "cli/unknown-flag": {
    exit: 2,
    title: "the verb has no such flag",
    explanation:
      "`galley <verb> --help` lists the flags of a verb. Names are written in full, or with their one letter.",
  },
  "cli/stray-word": {
    exit: 2,
    title: "a word on the command line has no meaning",
    explanation: "Nodes are named with --select: `galley build --select team_form`.",
  },
  "cli/missing-word": {
    exit: 2,
    title: "the verb needs another word",
    explanation: "`galley <verb> --help` shows which words a verb needs, and in which order.",
  },
  "cli/bad-value": {
    exit: 2,
    title: "a flag or its environment variable has a value that it does not take",
    explanation:
      "Each flag can also be set with GALLEY_<FLAG> in the environment; the command line wins. Switches take 1 or 0 there, numbers are whole and above zero, and choices are spelled as `--help` shows them.",
  },
  "cli/conflicting-flags": {
    exit: 2,
    title: "two flags exclude each other",
    explanation: "Leave out one of the two.",
  },
  "cli/unknown-run": {
    exit: 5,
    title: "no run, or more than one, has this id",
    explanation:
      "`galley failures --run` and `--since` take the id of a run of this project and target that tested something, or its beginning. `galley failures --test <name>` lists the runs of a test; `galley.runs` has all of them.",
  },
  "cli/unknown-test": {
    exit: 5,
    title: "no run has recorded a test of this name",
    explanation:
      "`galley failures --test` takes the name of a test as reports print it. A violated constraint is a test by its own name. `galley test` records what it finds only where it may write.",
  },
  "cli/bad-report": {
    exit: 2,
    title: "a report cannot be made as it was asked for",
    explanation:
      "`--report` names a kind and the file that it goes to: `--report junit=target/junit.xml`. The kinds are `junit`, `markdown`, `gitlab` (code quality), `run-results` (dbt's) and `json` (events); `github` goes to the log and to the job's summary and has no file. A path is relative to the working folder; a folder that is missing is made. Each report needs a file of its own.",
  },
  "cli/unwritable-report": {
    exit: 2,
    title: "a report's file cannot be written",
    explanation:
      "It is tried before the run begins, so that no run ends without its report. The path must name a file, or nothing yet, in a folder that can be written to.",
  },
  "cli/not-confirmed": {
    exit: 2,
    title: "a question was not answered with yes",
    explanation: "What cannot be undone is asked first. Where there is no terminal to ask in, --yes is the answer.",
  },
  "cli/unit-test-exists": {
    exit: 2,
    title: "a unit test would be written over a file",
    explanation:
      "`galley test generate` writes `<model>_unit_test.yml` beside the model, and never over a file. Give the one that is there another name: any property file may hold unit tests.",
  },
  "cli/no-unit-test": {
    exit: 2,
    title: "no unit test can be made of a model's rows",
    explanation:
      "`galley test generate` takes rows of what the model reads as they stand in the database, asks the model's query over them, and writes what comes out. So the model and all that it reads must have been built, some row must come out, and the same ones on another day. A test that needs other rows is written by hand.",
  },
  "cli/folder-in-use": {
    exit: 2,
    title: "a new project would overwrite files",
    explanation: "`galley init` never overwrites a file. Choose another folder, or move the named files away.",
  },
} as const satisfies Record<string, CodeEntry>;
