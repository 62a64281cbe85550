/**
 * `npm run bench`: prints each figure beside its floor, taken in the same run. `npm run bench -- build seed` measures
 * some; `--write` keeps a whole run in RESULTS.md, or what is too long for one; BENCH_URL names a database of one's own; BENCH_ROUNDS repeats (5);
 * BENCH_ROWS, BENCH_TABLES and BENCH_MODELS make data tests and plans smaller, to see that they work.
 */
import { buildFigure } from "./build-figure.mjs";
import { eloFigure } from "./elo-figure.mjs";
import { featuresFigure } from "./features-figure.mjs";
import { incrementalFigure } from "./incremental-figure.mjs";
import { leakageFigure } from "./leakage-figure.mjs";
import { loadFigure } from "./load-figure.mjs";
import { manyFigure } from "./many-figure.mjs";
import { matviewFigure } from "./matview-figure.mjs";
import { parseFigure } from "./parse-figure.mjs";
import { planFigure } from "./plan-figure.mjs";
import { compileProgram } from "./program.mjs";
import { publishFigureOf } from "./publish-figure.mjs";
import { writeLongResults, writeResults } from "./results.mjs";
import { seedFigure } from "./seed-figure.mjs";
import { withServer } from "./server.mjs";
import { startFigure } from "./start-figure.mjs";
import { testFigure } from "./test-figure.mjs";
import { unitFigure } from "./unit-figure.mjs";

const FIGURES = {
  start: startFigure,
  parse: parseFigure,
  plan: planFigure,
  seed: seedFigure,
  build: buildFigure,
  publish: publishFigureOf(1000),
  load: loadFigure,
  incremental: incrementalFigure,
  matview: matviewFigure,
  features: featuresFigure,
  tests: testFigure,
  units: unitFigure,
  leakage: leakageFigure,
  // Last: it leaves a project's migrations in the database.
  elo: eloFigure,
};

/** Too long for every run: measured when they are asked for by name. */
const LONG_FIGURES = { publish10000: manyFigure };

const ALL = { ...FIGURES, ...LONG_FIGURES };

const words = process.argv.slice(2);
const wanted = words.filter((word) => !word.startsWith("--"));
const unknown = wanted.filter((name) => !(name in ALL));
if (unknown.length > 0) {
  console.error(`no figure is called ${unknown.join(", ")}; there are ${Object.keys(ALL).join(", ")}`);
  process.exit(2);
}
const isLong = wanted.length > 0 && wanted.every((name) => name in LONG_FIGURES);
const isWritten = words.includes("--write");
if (isWritten && wanted.length > 0 && !isLong) {
  console.error(`--write keeps a whole run, or ${Object.keys(LONG_FIGURES).join(", ")}: name no others with it`);
  process.exit(2);
}
const rounds = Number(process.env.BENCH_ROUNDS ?? 5);

compileProgram();
await withServer(async (server) => {
  const figures = [];
  for (const [name, measure] of Object.entries(ALL)) {
    if (wanted.length > 0 ? !wanted.includes(name) : name in LONG_FIGURES) continue;
    console.error(`measuring ${name} …`);
    const found = await measure({ ...server, rounds });
    for (const { work, measured, floor, ratio, target } of found) {
      console.log(
        `${work}\n  ${[measured, floor === "" ? "" : `floor ${floor}`, ratio, target].filter((s) => s !== "").join("   ")}`,
      );
    }
    figures.push(...found);
  }
  if (isWritten) await (isLong ? writeLongResults(figures) : writeResults(figures, server, rounds));
});
