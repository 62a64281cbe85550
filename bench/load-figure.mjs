/**
 * Publishes of 40 tables under readers that read them in every order, join them and hold transactions open: how many get
 * through, how long one of the readers waits, and how long live is locked. Beside a poll of a database that nobody publishes to.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { figure, median } from "./measure.mjs";
import { galley } from "./program.mjs";
import { eventsOf } from "./replay.mjs";
import { withClients } from "./server.mjs";

const TABLES = 40;
const READERS = 6;
const PUBLISHES = 10;
const SCHEMA = "galley_load";

const name = (i) => `t${String(i).padStart(2, "0")}`;

const writeProject = (folder) => {
  mkdirSync(`${folder}/models`, { recursive: true });
  writeFileSync(
    `${folder}/project.yml`,
    `name: load\ntarget: bench\nschema: ${SCHEMA}\nvars: { day: 0 }\ntargets:\n  bench: { type: postgres, url: "\${BENCH_URL}", threads: 4, lock_timeout: 100ms }\nmodels: { +materialized: table }\n`,
  );
  for (let i = 0; i < TABLES; i++)
    writeFileSync(
      `${folder}/models/${name(i)}.sql`,
      `select g as id, {{var "day"}}::int as day from generate_series(1, 100) as g\n`,
    );
  const models = Array.from(
    { length: TABLES },
    (_, i) => `  - name: ${name(i)}\n    constraints: [{ type: primary_key, columns: [id] }]\n`,
  );
  writeFileSync(`${folder}/models/models.yml`, `models:\n${models.join("")}`);
};

const at = (i) => `${SCHEMA}.${name(i % TABLES)}`;

/** Each is one turn of a reader: the days that it saw at once, which must be one. */
const TURNS = [
  async (client, i) => days(await client.query(`select distinct day from ${at(i)}`)),
  async (client, i) =>
    days(
      await client.query(`select distinct a.day from ${at(i)} a join ${at(i + 7)} b on a.id = b.id and a.day = b.day`),
    ),
  async (client, i) => {
    await client.query("begin");
    const first = days(await client.query(`select distinct day from ${at(i)}`));
    // Whoever has read one table sees no other day in the next: publish waits for the whole transaction.
    const second = days(await client.query(`select distinct day from ${at(i + 13)}`));
    await client.query("commit");
    return [...new Set([...first, ...second])];
  },
];

const days = ({ rows }) => rows.map((row) => row.day);

const readingUntil = async (client, turn, signal, seen) => {
  for (let i = turn; !signal.aborted; i += 11) {
    const startedAt = performance.now();
    try {
      if ((await TURNS[turn % TURNS.length](client, i)).length !== 1) seen.torn += 1;
    } catch {
      seen.errors += 1;
      await client.query("rollback");
    }
    seen.reads += 1;
    seen.longest = Math.max(seen.longest, performance.now() - startedAt);
  }
};

export const loadFigure = async ({ url, folder }) => {
  const project = `${folder}/load`;
  writeProject(project);
  const build = (day) =>
    galley(["build", "--quiet", "--vars", `{"day": ${day}}`], { cwd: project, env: { BENCH_URL: url } });
  await build(0);
  const seen = { reads: 0, errors: 0, torn: 0, longest: 0 };
  const locked = [];
  let published = 0;
  const stop = new AbortController();
  await withClients(url, READERS, async (clients) => {
    const reading = Promise.all(clients.map((client, i) => readingUntil(client, i, stop.signal, seen)));
    for (let day = 1; day <= PUBLISHES; day++) {
      await build(day).then(
        () => {
          published += 1;
          locked.push(eventsOf(project).find((event) => event.kind === "publish_finished").locked_ms);
        },
        (error) => console.error(error.message),
      );
    }
    stop.abort();
    await reading;
  });
  return [
    figure(
      `${PUBLISHES} publishes of ${TABLES} tables with keys under ${READERS} readers (joins, open transactions)`,
      `${published} published, live locked ${median(locked).toFixed(0)} ms`,
      `longest read ${seen.longest.toFixed(0)} ms`,
      `${seen.errors} errors and ${seen.torn} torn in ${seen.reads.toLocaleString("en")} reads`,
      "all published, no error, nothing torn",
      published === PUBLISHES && seen.errors + seen.torn === 0,
    ),
  ];
};
