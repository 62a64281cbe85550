/**
 * 10,000 rows, half of them new, into an incremental model of 10 million: the run from its start to publish's commit,
 * beside the bare INSERT … ON CONFLICT of as many rows into the same table. BENCH_ROWS makes the table smaller.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { asRatio, figure, inSeconds, interleaved, median, ratioOf } from "./measure.mjs";
import { galley } from "./program.mjs";
import { eventsOf } from "./replay.mjs";
import { withClients } from "./server.mjs";

const ROWS = Number(process.env.BENCH_ROWS ?? 10_000_000);
const DELTA = 10_000;
const SCHEMA = "galley_incremental";

const queryOf = (day, first, last) =>
  `select g as id, ${day}::int as day, g * 7 % 1000 as points from generate_series(${first}, ${last}) as g`;

const writeProject = (folder) => {
  mkdirSync(`${folder}/models`, { recursive: true });
  writeFileSync(
    `${folder}/project.yml`,
    `name: incremental\ntarget: bench\nschema: ${SCHEMA}\nvars: { day: 0, first: 1, last: 1 }\ntargets:\n  bench: { type: postgres, url: "\${BENCH_URL}" }\n`,
  );
  const query = queryOf('{{var "day"}}', '{{var "first"}}', '{{var "last"}}');
  writeFileSync(`${folder}/models/big.sql`, `{{config materialized="incremental" unique_key="id"}}\n${query}\n`);
};

/** Seconds from the first event of the run until publish has committed. */
const runSeconds = (events) => {
  const at = (kind) => Date.parse(events.find((event) => event.kind === kind).ts);
  return (at("publish_finished") - at("run_started")) / 1000;
};

export const incrementalFigure = async ({ url, folder, rounds }) => {
  const project = `${folder}/incremental`;
  writeProject(project);
  const build = async (vars) => {
    await galley(["build", "--quiet", "--vars", JSON.stringify(vars)], { cwd: project, env: { BENCH_URL: url } });
    return runSeconds(eventsOf(project));
  };
  await build({ day: 0, first: 1, last: ROWS });
  let last = ROWS;
  let day = 0;
  // Each piece of work goes half over what stands and half beyond it.
  const next = () => {
    day += 1;
    last += DELTA / 2;
    return { day, first: last - DELTA + 1, last };
  };
  return withClients(url, 1, async ([client]) => {
    await client.query("set synchronous_commit = on");
    const seconds = await interleaved(rounds, {
      galley: () => build(next()),
      bare: async () => {
        const { day: today, first, last: end } = next();
        const startedAt = performance.now();
        await client.query(
          `insert into ${SCHEMA}.big ${queryOf(today, first, end)} on conflict (id) do update set day = excluded.day, points = excluded.points`,
        );
        return (performance.now() - startedAt) / 1000;
      },
    });
    return [
      figure(
        `incremental of ${DELTA.toLocaleString("en")} rows into ${ROWS.toLocaleString("en")}, run to publish's commit, beside the bare INSERT … ON CONFLICT`,
        inSeconds(median(seconds.galley)),
        inSeconds(median(seconds.bare)),
        asRatio(ratioOf(seconds.galley, seconds.bare)),
        "",
        true,
      ),
    ];
  });
};
