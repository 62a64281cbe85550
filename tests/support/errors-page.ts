/** docs/errors.md, made from the codes: a room a chapter, a code an entry. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { CODES } from "../../src/domain/codes.ts";

export const errorsPage = async (): Promise<string> => {
  const source = await sourceText();
  const rooms = new Map<string, string[]>();
  for (const [code, { exit, title, explanation }] of Object.entries(CODES)) {
    const room = code.replace(/\/.*/, "");
    const weight = isOnlyWarning(code, source) ? "A warning." : `Exit code ${exit}.`;
    const entry = `### ${code}\n\n**${sentence(title)}** ${weight}\n\n${explanation}`;
    rooms.set(room, [...(rooms.get(room) ?? []), entry]);
  }
  const chapters = [...rooms].map(([room, entries]) => `## ${room}\n\n${ROOMS[room] ?? ""}\n\n${entries.join("\n\n")}`);
  return `${HEAD}\n\n${chapters.join("\n\n")}\n`;
};

const SRC = join(import.meta.dirname, "../../src");

/** All that raises diagnostics. */
const sourceText = async (): Promise<string> => {
  const paths = (await readdir(SRC, { recursive: true })).filter((path) => path.endsWith(".ts"));
  const raising = paths.filter((path) => !/^domain.codes/.test(path));
  const texts = await Promise.all(raising.map((path) => readFile(join(SRC, path), "utf8")));
  // Whoever only asks for a code raises nothing.
  return texts.join("\n").replace(/=== "[^"]+"/g, "");
};

const isOnlyWarning = (code: string, source: string): boolean => {
  const mentions = source.split(`"${code}"`).length - 1;
  const warnings = [...source.matchAll(/warningOf\(\s*"([^"]+)"/g)].filter((match) => match[1] === code).length;
  return warnings > 0 && warnings === mentions;
};

const sentence = (title: string): string => `${title.charAt(0).toUpperCase()}${title.slice(1)}.`;

const HEAD = `# Errors

Each thing that Galley says is wrong has a code, \`room/what-is-wrong\`, by which it is found on this page. A message has the place (\`path:line:column\`), the line with what is meant underlined, and where it is known a way forward:

\`\`\`text
models/stats/close_games.sql:7:12  error  link/unknown-reference
  7 | from {{ref "team_gamez"}}
    |            ~~~~~~~~~~~~ no model or seed is named \`team_gamez\`
  help: did you mean "team_games"?
\`\`\`

The exit code beside each title is that of an error of this kind. Some are warnings at times, and some always: a warning leaves the exit code alone, unless \`--warn-error\` is set, which makes it 1. [All exit codes](cli.md#exit-codes). This page is made from the list in the code.`;

const ROOMS: Readonly<Record<string, string>> = {
  config: "Keys of config, wherever they are written: project.yml, a property file, a model's header.",
  load: "Reading the project's files.",
  template: "What stands between braces.",
  link: "What the files mean together: names, references, tests, constraints.",
  select: "`--select` and `--exclude`.",
  "sql-syntax": "SQL as PostgreSQL's own parser reads it, before anything is sent.",
  compile: "Whole queries, ready to be sent.",
  plan: "What is refused before anything is built.",
  execute: "Building, testing, publishing.",
  postgres: "Between Galley and a server.",
  embedded: "The embedded PostgreSQL.",
  ingest: "Seeds and `galley ingest`.",
  migrate: "Migrations.",
  cli: "The command line.",
};
