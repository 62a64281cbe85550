/** Relations replaced while readers hammer at them: how long live is locked, and whether a reader sees an error. */
import { figure, median } from "./measure.mjs";
import { galley } from "./program.mjs";
import { eventsOf } from "./replay.mjs";
import { withClients } from "./server.mjs";
import { modelName, SCHEMA, writeModels } from "./workload.mjs";

const READERS = 2;

export const publishFigureOf =
  (models) =>
  async ({ url, folder, rounds }) => {
    const project = `${folder}/published-${models}`;
    writeModels(project, models);
    const build = () => galley(["build", "--quiet"], { cwd: project, env: { BENCH_URL: url } });
    await build();
    const locked = [];
    const waits = [];
    let reads = 0;
    let errors = 0;
    let torn = 0;
    for (let round = 0; round < rounds; round++) {
      const stop = new AbortController();
      let longest = 0;
      const read = async (client) => {
        for (let i = 0; !stop.signal.aborted; i = (i + 37) % models) {
          const startedAt = performance.now();
          try {
            const { rows } = await client.query(`select count(*) as n from ${SCHEMA}.${modelName(i)}`);
            if (rows[0].n !== "10") torn += 1;
          } catch {
            errors += 1;
          }
          reads += 1;
          longest = Math.max(longest, performance.now() - startedAt);
        }
      };
      await withClients(url, READERS, async (clients) => {
        const reading = Promise.all(clients.map(read));
        await build();
        stop.abort();
        await reading;
      });
      locked.push(eventsOf(project).find((event) => event.kind === "publish_finished").locked_ms);
      waits.push(longest);
    }
    const seen = `${errors} errors and ${torn} wrong answers in ${reads.toLocaleString("en")} reads`;
    return [
      figure(
        `publish of ${models.toLocaleString("en")} replaced relations under ${READERS} readers`,
        `live locked ${median(locked).toFixed(0)} ms`,
        `longest read ${median(waits).toFixed(0)} ms`,
        seen,
        "no reader sees an error",
        errors + torn === 0,
      ),
    ];
  };
