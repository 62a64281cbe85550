/**
 * Fits the logistic model on the games up to a date, for each competition, and prints seeds/logistic_coefficients.csv.
 *
 *   node scripts/fit-logistic.mjs "$(npx galley db url)" demo=2025-07-31 nba=2005-07-31 > seeds/logistic_coefficients.csv
 *
 * It reads the published view predictions.logistic_terms, which knows nothing of these coefficients. Games after the
 * date are never looked at: the figures of predictions.model_performance are taken from them. Newton's method finds the
 * one maximum of the likelihood; six decimals are written, so that the last bits of a machine do not matter.
 */
import process from "node:process";
import pg from "pg";

const TERMS = ["elo", "form", "form_long", "rest"];
const ROUNDS = 12;

/** Solves a · x = b by elimination; a is small, symmetric and positive definite. */
const solve = (a, b) => {
  const rows = a.map((row, i) => [...row, b[i]]);
  rows.forEach((pivot, i) => {
    for (const row of rows.slice(i + 1)) {
      const factor = row[i] / pivot[i];
      for (let j = i; j < row.length; j += 1) row[j] -= factor * pivot[j];
    }
  });
  const x = new Array(b.length).fill(0);
  for (let i = b.length - 1; i >= 0; i -= 1) {
    const known = rows[i].slice(i + 1, b.length).reduce((sum, value, j) => sum + value * x[i + 1 + j], 0);
    x[i] = (rows[i][b.length] - known) / rows[i][i];
  }
  return x;
};

/** Games are { x: [1, elo, form, …], y: 0 | 1 }. */
const fitted = (games) => {
  const size = TERMS.length + 1;
  let weights = new Array(size).fill(0);
  for (let round = 0; round < ROUNDS; round += 1) {
    const gradient = new Array(size).fill(0);
    const curvature = weights.map(() => new Array(size).fill(0));
    for (const { x, y } of games) {
      const p = 1 / (1 + Math.exp(-x.reduce((sum, value, i) => sum + value * weights[i], 0)));
      for (let i = 0; i < size; i += 1) {
        gradient[i] += (y - p) * x[i];
        for (let j = 0; j < size; j += 1) curvature[i][j] += p * (1 - p) * x[i] * x[j];
      }
    }
    const step = solve(curvature, gradient);
    weights = weights.map((weight, i) => weight + step[i]);
  }
  return weights;
};

const [url, ...wanted] = process.argv.slice(2);
if (url === undefined || wanted.length === 0) {
  console.error("usage: node scripts/fit-logistic.mjs <database url> <competition>=<last date> …");
  process.exit(2);
}

const client = new pg.Client({ connectionString: url });
await client.connect();
const lines = [`competition,fitted_through,games,intercept,${TERMS.join(",")}`];
for (const [competition, through] of wanted.map((argument) => argument.split("="))) {
  const { rows } = await client.query(
    `select home_won, ${TERMS.map((term) => `${term}::double precision`).join(", ")}
     from predictions.logistic_terms
     where competition = $1 and game_date <= $2::date and home_won is not null
     order by game_id`,
    [competition, through],
  );
  const games = rows.map((row) => ({ x: [1, ...TERMS.map((term) => row[term])], y: row.home_won ? 1 : 0 }));
  if (games.length === 0) throw new Error(`no played games of ${competition} up to ${through}`);
  const weights = fitted(games).map((weight) => weight.toFixed(6));
  lines.push([competition, through, games.length, ...weights].join(","));
}
await client.end();
console.log(lines.join("\n"));
