/** Unit tests: two thousand cases of a model with a join and a window, on one connection, beside the same statements sent bare. */
import { mkdirSync, writeFileSync } from "node:fs";
import { asRatio, figure, inSeconds, interleaved, median, ratioOf } from "./measure.mjs";
import { galley } from "./program.mjs";
import { eventsOf } from "./replay.mjs";
import { withClients } from "./server.mjs";

const CASES = Number(process.env.BENCH_CASES ?? 2000);

export const unitFigure = ({ url, folder, rounds }) =>
  withClients(url, 1, async ([client]) => {
    const project = `${folder}/unit-tests`;
    writeProject(project);
    const run = async (...flags) => {
      await galley(["test", "--quiet", "--threads", "1", ...flags], { cwd: project, env: { BENCH_URL: url } });
      return eventsOf(project);
    };
    const statements = statementsOf(await run("--debug"));
    if (statements.length !== CASES) throw new Error(`${statements.length} statements for ${CASES} cases`);
    const seconds = await interleaved(rounds, {
      floor: async () => {
        const startedAt = performance.now();
        for (const statement of statements) await client.query(statement);
        return (performance.now() - startedAt) / 1000;
      },
      // Describing the parents, all statements, and the comparison of their rows.
      galley: async () => {
        const events = await run();
        const ends = events.filter((e) => e.kind === "test_finished" && e.status === "pass");
        if (ends.length !== CASES) throw new Error("not all cases passed");
        const start = events.find((e) => e.kind === "run_started");
        return (Date.parse(ends.at(-1).ts) - Date.parse(start.ts)) / 1000;
      },
    });
    const ratio = ratioOf(seconds.galley, seconds.floor);
    const own = median(seconds.galley);
    return [
      figure(
        `${CASES.toLocaleString("en")} unit tests on one connection, from their first message to the last result, beside their statements sent one by one`,
        inSeconds(own),
        inSeconds(median(seconds.floor)),
        asRatio(ratio),
        "≤ 1.5 ×, ≥ 2,000 a second",
        ratio.median <= 1.5 && CASES / own >= 2000,
      ),
    ];
  });

/** Each case's own, out of the messages that they went in. */
const statementsOf = (events) =>
  events
    .filter((e) => e.kind === "statement" && e.text.startsWith("begin read only"))
    .flatMap(({ text }) =>
      text
        .replace(/^begin read only;\n/, "")
        .replace(/;\nrollback$/, "")
        .split(/;\n(?=select 'a' as side)/),
    );

const COLUMNS = ["game_id", "team_id", "points", "a", "b", "c", "d", "e", "f", "g", "h", "i"];

const writeProject = (project) => {
  mkdirSync(`${project}/models`, { recursive: true });
  const write = (path, text) => writeFileSync(`${project}/${path}`, text);
  write(
    "project.yml",
    'name: units\nschema: bench_units\ntargets: { server: { type: postgres, url: "${BENCH_URL}" } }\n',
  );
  write("models/teams.sql", "select 1 as team_id, 'x'::text as name\n");
  write("models/games.sql", `select ${COLUMNS.map((c) => `1 as ${c}`).join(", ")}\n`);
  write(
    "models/form.sql",
    'select g.game_id, t.name, avg(g.points) over (partition by g.team_id order by g.game_id rows between 2 preceding and 1 preceding) as form\nfrom {{ref "games"}} g join {{ref "teams"}} t using (team_id)\n',
  );
  const tests = Array.from({ length: CASES }, (_, n) => caseOf(n));
  write("models/units.yml", `unit_tests:\n${tests.join("")}`);
};

/** Five games of one team, in twelve columns. */
const caseOf = (n) => {
  const game = (i) =>
    `{ ${COLUMNS.map((c) => `${c}: ${c === "team_id" ? 1 : c === "points" ? n + i : i}`).join(", ")} }`;
  const form = (i) => (i === 1 ? "null" : i === 2 ? n + 1 : n + i - 1.5);
  return `  - name: case_${n}
    model: form
    given:
      - { input: ref('teams'), rows: [{ team_id: 1, name: a }] }
      - { input: ref('games'), rows: [${[1, 2, 3, 4, 5].map(game).join(", ")}] }
    expect: { rows: [${[1, 2, 3, 4, 5].map((i) => `{ game_id: ${i}, form: ${form(i)} }`).join(", ")}] }
`;
};
