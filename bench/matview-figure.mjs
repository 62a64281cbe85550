/**
 * A materialized view over a table of a million rows whose rows have changed: built anew and published, beside `refresh`;
 * and `refresh`, which holds up no reader, beside the bare REFRESH … CONCURRENTLY. BENCH_MATVIEW_ROWS makes it smaller.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { asRatio, figure, inSeconds, interleaved, median, ratioOf } from "./measure.mjs";
import { galley } from "./program.mjs";
import { withClients } from "./server.mjs";

const ROWS = Number(process.env.BENCH_MATVIEW_ROWS ?? 1_000_000);
const GROUPS = 50_000;
const CHANGED = 1_000;
const SCHEMA = "galley_matview";
const SOURCE = `${SCHEMA}_raw`;

const writeProject = (folder) => {
  mkdirSync(`${folder}/models`, { recursive: true });
  writeFileSync(
    `${folder}/project.yml`,
    `name: matview\ntarget: bench\nschema: ${SCHEMA}\ntargets:\n  bench: { type: postgres, url: "\${BENCH_URL}" }\n`,
  );
  writeFileSync(
    `${folder}/models/totals.sql`,
    `{{config materialized="materialized_view"}}\nselect id % ${GROUPS} as part, sum(points) as points, count(*) as n from {{source "${SOURCE}" "facts"}} group by 1\n`,
  );
  writeFileSync(
    `${folder}/models/models.yml`,
    `sources: [{ name: ${SOURCE}, tables: [{ name: facts }] }]\nmodels:\n  - name: totals\n    config: { indexes: [{ columns: [part], unique: true }] }\n`,
  );
};

export const matviewFigure = async ({ url, folder, rounds }) => {
  const project = `${folder}/matview`;
  writeProject(project);
  const run = (verb) => galley([verb, "--quiet"], { cwd: project, env: { BENCH_URL: url } });
  return withClients(url, 1, async ([client]) => {
    await client.query(`drop schema if exists ${SOURCE} cascade; create schema ${SOURCE};
create table ${SOURCE}.facts as select g as id, g * 7 % 1000 as points from generate_series(1, ${ROWS}) as g;
alter table ${SOURCE}.facts add primary key (id); analyze ${SOURCE}.facts`);
    await run("build");
    let first = 0;
    const change = () => {
      first = (first + CHANGED) % ROWS;
      return client.query(
        `update ${SOURCE}.facts set points = points + 1 where id between ${first + 1} and ${first + CHANGED}`,
      );
    };
    const timed = async (work) => {
      await change();
      const startedAt = performance.now();
      await work();
      return (performance.now() - startedAt) / 1000;
    };
    const seconds = await interleaved(rounds, {
      build: () => timed(() => run("build")),
      refresh: () => timed(() => run("refresh")),
      bare: () => timed(() => client.query(`refresh materialized view concurrently ${SCHEMA}.totals`)),
    });
    const shape = `materialized view of ${GROUPS.toLocaleString("en")} rows over ${ROWS.toLocaleString("en")}, ${CHANGED.toLocaleString("en")} of them changed`;
    const line = (work, measured, floor) =>
      figure(work, inSeconds(median(measured)), inSeconds(median(floor)), asRatio(ratioOf(measured, floor)), "", true);
    return [
      line(`${shape}: \`galley build\` beside \`galley refresh\`, whole commands`, seconds.build, seconds.refresh),
      line(
        "the same: `galley refresh`, whole command, beside the bare REFRESH … CONCURRENTLY",
        seconds.refresh,
        seconds.bare,
      ),
    ];
  });
};
