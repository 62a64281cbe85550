/** docs/cli.md, made from the verbs and flags themselves, so that it cannot differ from `--help`. */
import { EVERYWHERE, type Flag } from "../../src/cli/flags.ts";
import { helpText } from "../../src/cli/parse.ts";
import type { Verb } from "../../src/cli/verb.ts";

const COLUMNS = 100;

export const cliPage = async (verbs: readonly Verb[]): Promise<string> => {
  const helps = await Promise.all(verbs.map(async (verb) => sectionOf(verb, await helpText(verb, verbs, COLUMNS))));
  return `${[intro, exitCodes, streams, selection, environmentOf(verbs), "## Verbs", ...helps].join("\n\n")}\n`;
};

const intro = `# The command line

\`\`\`sh
galley <verb> [flags]
\`\`\`

\`galley <verb> --help\` prints what stands here. \`galley completion >> ~/.bashrc\` completes verbs and flags with the tab key.`;

const exitCodes = `## Exit codes

The same for every verb. When several apply, the first of 130/143, 4, 3, 1, 6 is taken.

| code | means |
| --- | --- |
| 0 | All is well; warnings included. |
| 1 | Data did not pass: a data test failed, a constraint was violated, rows were rejected; under \`--warn-error\` also a warning. |
| 2 | The project or the command line is wrong, migrations are pending or edited, a right is missing, the bookkeeping is newer than the program. |
| 3 | A node, hook or migration failed in the database, or a test could not be evaluated; also a bug in Galley, which says so. |
| 4 | The database cannot be reached, was lost, or is older than version 14. |
| 5 | An expression matched nothing. |
| 6 | Not started or not published: another run, dependents or readers are in the way. Live is unchanged. |
| 130, 143 | Stopped by SIGINT or SIGTERM. The first asks the run to stop, a second ends the process at once. |`;

const streams = `## What goes where

Standard output carries what was asked for: rows, SQL, lists, the plan, the run's report. Standard error carries progress and diagnostics. In a terminal progress is a live display, elsewhere lines; with \`CI\` set in the environment it is lines, too. \`--log-format json\` writes one [event](events.md) a line to standard output instead, and \`target/events.jsonl\` always holds the last run's. \`--report\` writes [reports for CI](ci.md) beside that. What a verb is asked for (\`ls\`, \`show\`, \`plan\`, \`compile\`, \`debug\`, \`failures\`, \`clean\`, \`migrate\`, \`init\`, \`db\`) is then one JSON object a line, too; it has no \`v\` and no \`kind\`, which every event has. A command line that cannot be read is answered in text, on standard error.

Colours appear in terminals only; \`NO_COLOR\` and \`--no-color\` switch them off, \`FORCE_COLOR\` on.`;

const selection = `## Selecting nodes

| expression | selects |
| --- | --- |
| \`team_form\` | the node of this name, with the tests that touch it |
| \`stats\`, \`stats.rolling\` | a folder below \`models/\` or \`seeds/\`, and all that is below it |
| \`team_*\`, \`stats.*\` | what fits the pattern: \`*\`, \`?\`, \`[abc]\` |
| \`+a\`, \`a+\`, \`+a+\` | and all ancestors, all descendants, both |
| \`2+a\`, \`a+1\` | so many steps only |
| \`@a\` | \`a\`, everything below it, and all that any of these needs |
| \`tag:nightly\` | nodes with a tag |
| \`path:models/stats\`, \`models/stats/elo.sql\` | files and folders; \`**\` crosses folders |
| \`file:elo.sql\` | files by name |
| \`source:raw\`, \`source:raw.matches+\` | sources, here with what reads them |
| \`config.materialized:view\`, \`config.meta.owner:ana\` | nodes by their config |
| \`resource_type:seed\` | model, seed, source or test |
| \`test_name:unique\`, \`test_type:singular\` | tests by their kind |
| \`a b\` or \`-s a -s b\` | either |
| \`a,b\` | both at once |

\`--exclude\` takes the same expressions away, tests included. A word of \`--select\` that matches nothing ends with exit code 5 and near names.`;

const environmentOf = (verbs: readonly Verb[]): string => {
  const flags = new Map<string, Flag>();
  for (const flag of [...EVERYWHERE, ...verbs.flatMap((verb) => verb.flags)]) flags.set(flag.name, flag);
  const rows = [...flags.values()].map((flag) => `| \`${flag.env}\` | \`--${flag.name}\` | ${valueText(flag)} |`);
  return [
    "## Environment",
    "",
    "Each flag can be set by a variable; the command line wins. `.env` beside `project.yml` serves the project's own `${…}`.",
    "",
    "| variable | flag | value |",
    "| --- | --- | --- |",
    ...rows,
  ].join("\n");
};

const valueText = (flag: Flag): string => {
  if (flag.kind === "switch") return "1 or 0";
  if (flag.kind === "words" || flag.kind === "list") return "words with spaces between";
  if (flag.kind === "limit") return "a number of seconds, or `forever`";
  if (flag.kind === "number") return "a whole number above zero";
  if (flag.kind === "count") return "a whole number";
  if (flag.kind === "share") return "a share above 0 and up to 1";
  // `--output` has other choices for rows than for nodes.
  return flag.choices === undefined || flag.name === "output" ? "text" : flag.choices.join(", ");
};

const sectionOf = (verb: Verb, help: string): string => `### ${verb.name}\n\n\`\`\`text\n${help.trimEnd()}\n\`\`\``;
