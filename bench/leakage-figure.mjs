/**
 * `galley check leakage` of the reference pipeline, on the real games where they are beside the project: one cut-off beside
 * the full build of the same models in the same run, and a comparison of 126,000 rows × 30 columns beside that build.
 * Two photographs of its sources too: how long one takes, and how long a comparison.
 */
import { cpSync, existsSync } from "node:fs";
import { asRatio, figure, inSeconds, interleaved, median, ratioOf } from "./measure.mjs";
import { DIST, galley, ROOT } from "./program.mjs";
import { withClients } from "./server.mjs";

const DATA = `${ROOT}../shared/data/`;
const CUTOFFS = 3;
const ROWS = 126_314;
const COLUMNS = 30;
const SCHEMA = "galley_leakage_bench";

/** Seconds that the check itself tells of, in its notes. */
const secondsIn = (text, pattern) => {
  const found = pattern.exec(text);
  if (found === null) throw new Error(`the check did not say ${pattern}:\n${text}`);
  return Number(found[1]);
};

export const leakageFigure = async ({ url, folder, rounds }) => {
  const project = `${folder}/leakage`;
  for (const part of ["project.yml", "migrations", "seeds", "ingest", "macros", "models"])
    cpSync(`${ROOT}${part}`, `${project}/${part}`, { recursive: true });
  const run = (...args) => galley([...args, "-t", "server"], { cwd: project, env: { DATABASE_URL: url } });
  const isReal = existsSync(`${DATA}nba_elo_1947_2015.csv.gz`);
  if (!isReal) console.error("the real games are not there: made-up ones are measured");
  await run("migrate");
  if (isReal) {
    await run("ingest", "elo", `${DATA}nba_elo_1947_2015.csv.gz`);
    await run("ingest", "playoff_box", `${DATA}nba_playoff_box_2011_2024.csv.gz`);
  }
  await run("build", "--quiet");
  const builds = [];
  const cutoffs = [];
  for (let round = 0; round < Math.min(rounds, 3); round++) {
    // One after another, as the full build is.
    const { out, err } = await run("check", "leakage", "--cutoffs", String(CUTOFFS), "--seed", "7", "--threads", "1");
    builds.push(secondsIn(out + err, /full build of .* in ([\d.]+) s/));
    cutoffs.push(secondsIn(out + err, /rebuilt in .* s, ([\d.]+) s each/));
  }
  const compared = await comparisons(url, rounds);
  const shots = await interleaved(Math.min(rounds, 3), {
    history: async () => (await run("check", "source-history")).seconds,
    start: async () => (await run("ls", "--quiet")).seconds,
  });
  const ratio = ratioOf(cutoffs, builds);
  const build = median(builds);
  const comparison = median(compared);
  const which = isReal ? "63,157 real games" : "made-up games (the real ones are not there)";
  return [
    figure(
      `check leakage of the reference pipeline on ${which}: one mixed cut-off, hidden, built and compared, beside the full build`,
      inSeconds(median(cutoffs)),
      inSeconds(build),
      asRatio(ratio),
      "≤ 1.5 ×",
      ratio.median <= 1.5,
    ),
    figure(
      `its comparison of ${ROWS.toLocaleString("en")} rows × ${COLUMNS} columns, beside that build`,
      inSeconds(comparison),
      inSeconds(build),
      `${(comparison / build).toFixed(2)} ×`,
      "≤ 0.15 ×",
      comparison / build <= 0.15,
    ),
    figure(
      `check source-history of ${which}: compared and photographed, whole command`,
      inSeconds(median(shots.history)),
      inSeconds(median(shots.start)),
      asRatio(ratioOf(shots.history, shots.start)),
      "",
    ),
  ];
};

/** By the statement of the check, over two tables as it has them: unlogged, analysed, one in another order. */
const comparisons = async (url, rounds) => {
  const [{ compare }, { textOf }] = await Promise.all([
    import(`${DIST}/stages/check/leakage/compare.js`),
    import(`${DIST}/domain/sql.js`),
  ]);
  const names = Array.from({ length: COLUMNS }, (_, i) => `c${i}`);
  const values = names.map((name, i) => `(g * ${i + 7} % 1009)::${i % 3 === 0 ? "numeric" : "int"} as ${name}`);
  return withClients(url, 1, async ([client]) => {
    await client.query(`drop schema if exists ${SCHEMA} cascade; create schema ${SCHEMA}`);
    for (const [name, order] of [
      ["full", "g"],
      ["other", "hashint4(g)"],
    ])
      await client.query(
        `create unlogged table ${SCHEMA}.${name} as select g as game_id, date '2000-01-01' + g / 20 as day, ${values.join(", ")} from generate_series(1, ${ROWS}) g order by ${order}; analyze ${SCHEMA}.${name}`,
      );
    const session = { rows: async (statement) => (await client.query(textOf(statement))).rows };
    const columns = names.map((name) => ({ name, comparedAs: { kind: "exact" }, known: undefined }));
    const comparison = {
      full: { schema: SCHEMA, name: "full" },
      other: { schema: SCHEMA, name: "other" },
      key: ["game_id"],
      time: [{ name: "day", type: "date" }],
      columns,
      cutoff: { members: [{ text: "2030-01-01", type: "date" }], reason: "" },
      upTo: "at",
      sample: undefined,
    };
    const { compare: seconds } = await interleaved(rounds, {
      compare: async () => {
        const startedAt = performance.now();
        await compare(session, comparison);
        return (performance.now() - startedAt) / 1000;
      },
    });
    await client.query(`drop schema ${SCHEMA} cascade`);
    return seconds;
  });
};
