/** The Elo replay inside PostgreSQL, on the real games where they are beside the project, else on the made-up ones. */
import { cpSync, existsSync } from "node:fs";
import { figure, inSeconds, interleaved, median } from "./measure.mjs";
import { galley, ROOT } from "./program.mjs";
import { eventsOf } from "./replay.mjs";
import { withClients } from "./server.mjs";

const GAMES = `${ROOT}../shared/data/nba_elo_1947_2015.csv.gz`;
const BOXES = `${ROOT}../shared/data/nba_playoff_box_2011_2024.csv.gz`;

export const eloFigure = async ({ url, folder, rounds }) => {
  const project = `${folder}/reference`;
  for (const part of ["project.yml", "migrations", "seeds", "ingest", "macros", "models"])
    cpSync(`${ROOT}${part}`, `${project}/${part}`, { recursive: true });
  const run = (...args) => galley([...args, "-t", "server"], { cwd: project, env: { DATABASE_URL: url } });
  const isReal = existsSync(GAMES);
  if (!isReal) console.error("the real games are not there: made-up ones are measured");
  await run("migrate");
  if (isReal) {
    await run("ingest", "elo", GAMES);
    await run("ingest", "playoff_box", BOXES);
  }
  const builds = await interleaved(Math.min(rounds, 3), { build: () => run("build", "--quiet") });
  const nodes = eventsOf(project).filter((event) => event.kind === "node_finished");
  const slowest = [...nodes].sort((a, b) => b.ms - a.ms).slice(0, 3);
  const { out } = await run("compile", "-s", "elo_ratings", "--quiet");
  const seconds = await withClients(url, 1, ([client]) =>
    interleaved(rounds, {
      elo: async () => {
        const startedAt = performance.now();
        await client.query(`create temp table replayed as ${out}`);
        const elapsed = (performance.now() - startedAt) / 1000;
        await client.query("drop table replayed");
        return elapsed;
      },
    }),
  );
  const games = await withClients(url, 1, async ([client]) => {
    const { rows } = await client.query("select count(*) as n from stats.elo_ratings");
    return Number(rows[0].n).toLocaleString("en");
  });
  const elo = median(seconds.elo);
  const which = isReal ? "real games" : "made-up games (the real ones are not there)";
  return [
    figure(`Elo replay of ${games} ${which}, in the database`, inSeconds(elo), "", "", "≤ 2 s", elo <= 2),
    figure(
      `build of the reference project on ${which}, whole command`,
      inSeconds(median(builds.build)),
      "",
      `slowest: ${slowest.map((n) => `${n.node.split(".").at(-1)} ${inSeconds(n.ms / 1000)}`).join(", ")}`,
      "",
    ),
  ];
};
