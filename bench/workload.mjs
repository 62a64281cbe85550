/**
 * Makes the projects that are measured. The models: layers of tiny tables (10 rows), each with a window function over its
 * parent (every fifth joins a second one), two tests, and a description of each column in YAML.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

export const SCHEMA = "galley_bench";

export const modelName = (i) => `m${String(i).padStart(5, "0")}`;

/** The numbers of the models that model i reads. */
export const parentsOf = (i) => {
  if (i === 0) return [];
  const first = Math.floor((i - 1) / 2);
  return i % 5 === 0 && i - 3 !== first && i > 3 ? [first, i - 3] : [first];
};

/** `from` writes a reference to a model. */
export const queryOf = (i, from) => {
  const [base, other] = parentsOf(i);
  if (base === undefined)
    return `select g as id, g % 3 as team_id, (g * 7 % 11)::numeric(10,2) as points, date '2024-01-01' + g as game_date
from generate_series(1, 10) as g`;
  const second = other === undefined ? "" : `,\nother as (\n  select id, points from ${from(other)}\n)`;
  return `with base as (
  select * from ${from(base)}
)${second}
select b.id, b.team_id,
  round(avg(b.points) over (partition by b.team_id order by b.game_date rows between 5 preceding and current row), 2)::numeric(10,2) as points,
  b.game_date
from base b${other === undefined ? "" : "\njoin other o on o.id = b.id"}`;
};

const write = (file, text) => {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
};

const writeProjectFile = (folder) =>
  write(
    `${folder}/project.yml`,
    `name: bench
target: bench
targets:
  bench: { type: postgres, url: "\${BENCH_URL}", threads: 4 }
schema: ${SCHEMA}
models:
  +materialized: table
`,
  );

const FOLDERS = 50;

/** `more` is YAML of the last column. */
export const writeModels = (folder, count, more = "") => {
  writeProjectFile(folder);
  const folders = new Map();
  for (let i = 0; i < count; i++) {
    const name = `g${String(i % FOLDERS).padStart(2, "0")}`;
    const header = `{{config materialized="table"}}\n`;
    write(
      `${folder}/models/${name}/${modelName(i)}.sql`,
      `${header}${queryOf(i, (p) => `{{ref "${modelName(p)}"}}`)}\n`,
    );
    folders.set(name, [...(folders.get(name) ?? []), i]);
  }
  for (const [name, models] of folders)
    write(
      `${folder}/models/${name}/schema.yml`,
      `version: 2\nmodels:\n${models.map((i) => propertiesOf(i, more)).join("")}`,
    );
};

const propertiesOf = (i, more) => `  - name: ${modelName(i)}
    description: model ${i}
    columns:
      - name: id
        description: key
        data_tests: [unique, not_null]
      - name: points
        description: rolling points${more}
`;

export const SEED_COLUMNS = {
  game_id: "bigint",
  game_date: "date",
  home_team: "text",
  away_team: "text",
  home_score: "integer",
  away_score: "integer",
  attendance: "numeric(10,2)",
};

/** Deterministic, about 24 MB for 500,000 rows. */
export const writeSeed = (folder, rows) => {
  writeProjectFile(folder);
  const lines = [Object.keys(SEED_COLUMNS).join(",")];
  for (let i = 0; i < rows; i++) {
    const date = new Date(Date.UTC(1950, 0, 1 + (i % 25_000))).toISOString().slice(0, 10);
    const scores = `${80 + ((i * 7) % 60)},${80 + ((i * 11) % 60)}`;
    lines.push(
      `${i},${date},team_${i % 30}_home,team_${(i * 17) % 30}_away,${scores},${(i * 37) % 20_000}.${10 + (i % 90)}`,
    );
  }
  const file = `${folder}/seeds/games.csv`;
  write(file, `${lines.join("\n")}\n`);
  const types = Object.entries(SEED_COLUMNS).map(([name, type]) => `        ${name}: ${type}\n`);
  write(
    `${folder}/seeds/schema.yml`,
    `version: 2\nseeds:\n  - name: games\n    config:\n      column_types:\n${types.join("")}`,
  );
  return file;
};
