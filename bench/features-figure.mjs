/**
 * A training set of 100,000 entities × 20 features over a million rows, from a file into a file, beside the query that
 * one would write by hand; and one entity's features as of now. BENCH_FEATURE_ROWS makes it smaller.
 */
import { createReadStream, createWriteStream, mkdirSync, writeFileSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import { from as copyFrom, to as copyTo } from "pg-copy-streams";
import { asRatio, figure, inSeconds, interleaved, median, ratioOf } from "./measure.mjs";
import { DIST, galley } from "./program.mjs";
import { dropSchemas, withClients } from "./server.mjs";

const ROWS = Number(process.env.BENCH_FEATURE_ROWS ?? 1_000_000);
const ENTITIES = ROWS / 10;
const PER_ENTITY = 50;
const FEATURES = Array.from({ length: 20 }, (_, i) => `f${i + 1}`);
const SCHEMA = "galley_features";
const QUESTIONS = 2_000;

const writeProject = (folder) => {
  mkdirSync(`${folder}/models`, { recursive: true });
  writeFileSync(
    `${folder}/project.yml`,
    `name: features\ntarget: bench\nschema: ${SCHEMA}\ntargets:\n  bench: { type: postgres, url: "\${BENCH_URL}" }\nmodels: { +materialized: table }\n`,
  );
  const values = FEATURES.map((name, i) => `g * ${i + 7} % 1000 / 10.0::double precision as ${name}`).join(", ");
  const time = `timestamptz '2020-01-01 00:00+00' + g / ${ROWS / PER_ENTITY} * interval '1 day' + g % 1000 * interval '1 minute'`;
  const body = `select g % ${ROWS / PER_ENTITY} as key, ${time} as at, ${values} from generate_series(0, ${ROWS - 1}) as g\n`;
  writeFileSync(`${folder}/models/indexed.sql`, body);
  writeFileSync(`${folder}/models/bare.sql`, body);
  const config = (more) => `config: { entity: key, event_time: at${more} }`;
  const index = ", indexes: [{ columns: [key, at] }]";
  writeFileSync(
    `${folder}/models/models.yml`,
    `models:\n  - { name: indexed, ${config(index)} }\n  - { name: bare, ${config("")} }\n`,
  );
  const rows = Array.from({ length: ENTITIES }, (_, i) => {
    const at = new Date(Date.UTC(2020, 0, 2) + ((i * 7919) % (PER_ENTITY * 1440)) * 60_000).toISOString();
    return `${(i * 104_729) % (ROWS / PER_ENTITY)},${at}\n`;
  });
  writeFileSync(`${folder}/entities.csv`, `key,event_time\n${rows.join("")}`);
};

/** What somebody would write who knows the index. */
const byHand = async (client, project) => {
  await client.query("begin; create temporary table asked (key int, event_time timestamptz) on commit drop");
  await pipeline(
    createReadStream(`${project}/entities.csv`),
    client.query(copyFrom("copy asked from stdin (format csv, header)")),
  );
  await client.query("analyze asked");
  const query = `select e.key, e.event_time, ${FEATURES.map((f) => `g.${f}`).join(", ")} from asked e left join lateral (
    select * from ${SCHEMA}.indexed i where i.key = e.key and i.at < e.event_time order by i.at desc limit 1) g on true`;
  await pipeline(
    client.query(copyTo(`copy (${query}) to stdout (format csv, header)`)),
    createWriteStream(`${project}/hand.csv`),
  );
  await client.query("rollback");
};

const percentile = (values, share) => [...values].sort((a, b) => a - b)[Math.floor(values.length * share)];

const latencies = async (project, url) => {
  const { openFeatures } = await import(`${DIST}/index.js`);
  const { value: features, diagnostics } = await openFeatures(
    { folder: project, env: { BENCH_URL: url } },
    { features: ["indexed"] },
  );
  if (features === undefined) throw new Error(JSON.stringify(diagnostics));
  const seconds = [];
  for (let i = 0; i < QUESTIONS; i++) {
    const startedAt = performance.now();
    const answer = await features.get({ key: (i * 104_729) % (ROWS / PER_ENTITY) });
    seconds.push((performance.now() - startedAt) / 1000);
    if (!answer.ok || answer.value.f1 === null) throw new Error("an entity has no features");
  }
  await features.close();
  // The first plans the statement.
  return seconds.slice(10);
};

export const featuresFigure = async ({ url, folder, rounds }) => {
  const project = `${folder}/features`;
  writeProject(project);
  const env = { BENCH_URL: url };
  const set = (model, out) =>
    galley(["features", "--entities", "entities.csv", "--features", model, "--out", out], { cwd: project, env });
  try {
    return await withClients(url, 1, async ([client]) => {
      await galley(["build", "--quiet"], { cwd: project, env });
      const seconds = await interleaved(rounds, {
        hand: () => byHand(client, project),
        indexed: () => set("indexed", "train.csv"),
        sorted: () => set("bare", "train.csv"),
        parquet: () => set("indexed", "train.parquet"),
      });
      const answers = await latencies(project, url);
      const shape = `${ENTITIES.toLocaleString("en")} entities × ${FEATURES.length} features over ${ROWS.toLocaleString("en")} rows`;
      const line = (work, measured) =>
        figure(
          work,
          inSeconds(median(measured)),
          inSeconds(median(seconds.hand)),
          asRatio(ratioOf(measured, seconds.hand)),
          "",
          true,
        );
      const ms = (share) => `${(percentile(answers, share) * 1000).toFixed(2)} ms`;
      return [
        line(`training set, ${shape}, CSV to CSV, whole command, beside the same by hand`, seconds.indexed),
        line("the same without an index, sorted", seconds.sorted),
        line("the same into Parquet, with the index", seconds.parquet),
        figure(
          "one entity's 20 features as of now, 50th percentile",
          ms(0.5),
          "",
          "",
          "≤ 5 ms",
          percentile(answers, 0.5) <= 0.005,
        ),
        figure("the same, 99th percentile", ms(0.99), "", "", "≤ 20 ms", percentile(answers, 0.99) <= 0.02),
      ];
    });
  } finally {
    await dropSchemas(url, [SCHEMA]);
  }
};
