/** Tables and projects on which data tests are measured: five million rows with forty tests, a thousand tiny tables. */
import { mkdirSync, writeFileSync } from "node:fs";

export const RAW = "galley_bench_raw";
const ROWS = Number(process.env.BENCH_ROWS ?? 5_000_000);
export const ROWS_TEXT = ROWS === 5_000_000 ? "5 million" : ROWS.toLocaleString("en");
export const TABLES = Number(process.env.BENCH_TABLES ?? 1000);

/** 13 columns, 700 MB; four rows have the venue `rare`. Parents of 30, 60,000 and all keys. */
export const makeBig = async (client) => {
  await client.query(`create table ${RAW}.big as select i::bigint as id, (2000 + i % 20)::int as season,
    (1 + i % 30)::int as home, (1 + i * 7 % 30)::int as away, (i % 10)::int as points, (i * 0.37)::float8 as rating,
    (i % 1000)::numeric(10,2) as price, case when i % ${Math.floor(ROWS / 4)} = 0 then 'rare' else 'venue ' || i % 29 end as venue,
    md5(i::text) as code, date '2000-01-01' + i % 7000 as played, timestamptz '2000-01-01' + i * interval '1 minute' as at,
    i % 2 = 0 as flag, (1 + i % 60000)::int as person from generate_series(1, ${ROWS}) i`);
  await client.query(`create table ${RAW}.teams as select generate_series(1, 30) as id`);
  await client.query(`create table ${RAW}.people as select generate_series(1, 60000) as id`);
  await client.query(`create table ${RAW}.games as select id from ${RAW}.big`);
  await client.query(`create unique index on ${RAW}.games (id)`);
  for (const table of ["big", "teams", "people", "games"]) await client.query(`vacuum analyze ${RAW}.${table}`);
};

const COLUMNS = "id season home away points rating price venue code played at flag person".split(" ");

const VALUES = {
  season: Array.from({ length: 20 }, (_, i) => 2000 + i),
  home: Array.from({ length: 30 }, (_, i) => 1 + i),
  points: Array.from({ length: 10 }, (_, i) => i),
  venue: [...Array.from({ length: 29 }, (_, i) => `venue ${i}`), "rare"],
};

/** Forty tests that all rows pass, each as YAML and as the predicate of a failing row. `failing`: so many miss `rare`. */
export const rowTests = (failing = 0) => [
  ...COLUMNS.map((column) => ({
    column,
    yaml: `not_null: { name: "known ${column}" }`,
    predicate: `${column} is null`,
  })),
  ...Array.from({ length: 40 - COLUMNS.length }, (_, i) => {
    const column = i < failing ? "venue" : Object.keys(VALUES)[i % 4];
    const values = [
      ...VALUES[column].filter((v) => i >= failing || v !== "rare"),
      column === "venue" ? `none ${i}` : 9000 + i,
    ];
    return {
      column,
      yaml: `accepted_values: { name: "listed ${i}", values: [${values.join(", ")}] }`,
      predicate: `${column} not in (${values.map((v) => `'${v}'`).join(", ")})`,
    };
  }),
];

export const RAISES = {
  column: "id",
  yaml: `not_null: { name: raises, where: "1 / (id - ${Math.floor(ROWS * 0.8)}) > 0" }`,
};

export const parentTest = (column, to) => ({
  column,
  yaml: `relationships: { name: "${column} of ${to}", to: "source('${RAW}', '${to}')", field: id }`,
});

export const uniqueTest = (column) => ({ column, yaml: `unique: { name: "unique ${column}" }` });

/** A project of nothing but a source with these tests, on one table. */
export const writeTests = (folder, tests) => {
  const columns = [...new Set(tests.map((t) => t.column))].map(
    (column) =>
      `          - name: ${column}\n            data_tests:\n${tests
        .filter((t) => t.column === column)
        .map((t) => `              - ${t.yaml}\n`)
        .join("")}`,
  );
  const others = ["teams", "people", "games"].map((name) => `      - { name: ${name} }\n`).join("");
  writeSource(folder, `${others}      - name: big\n        columns:\n${columns.join("")}`);
};

export const tableName = (i) => `t${String(i).padStart(4, "0")}`;

export const writeManyTests = (folder) =>
  writeSource(
    folder,
    Array.from(
      { length: TABLES },
      (_, i) => `      - { name: ${tableName(i)}, columns: [{ name: id, data_tests: [unique, not_null] }] }\n`,
    ).join(""),
  );

const writeSource = (folder, tables) => {
  mkdirSync(`${folder}/models`, { recursive: true });
  const target = `targets:\n  bench: { type: postgres, url: "\${BENCH_URL}", threads: 4 }`;
  writeFileSync(`${folder}/project.yml`, `name: bench_tests\ntarget: bench\n${target}\nschema: galley_bench\n`);
  writeFileSync(`${folder}/models/raw.yml`, `sources:\n  - name: ${RAW}\n    tables:\n${tables}`);
};
