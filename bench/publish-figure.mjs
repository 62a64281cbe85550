/**
 * 1,000 relations replaced while readers hammer at them: how long live is locked, and whether a reader sees an error.
 * BENCH_MODELS=10000 is for the BENCH_URL of a server with a raised max_locks_per_transaction.
 */
import { figure, median } from "./measure.mjs";
import { galley } from "./program.mjs";
import { eventsOf } from "./replay.mjs";
import { withClients } from "./server.mjs";
import { modelName, SCHEMA, writeModels } from "./workload.mjs";

const MODELS = Number(process.env.BENCH_MODELS ?? 1000);
const READERS = 2;

export const publishFigure = async ({ url, folder, rounds }) => {
  const project = `${folder}/published`;
  writeModels(project, MODELS);
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
      for (let i = 0; !stop.signal.aborted; i = (i + 37) % MODELS) {
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
      `publish of ${MODELS.toLocaleString("en")} replaced relations under ${READERS} readers`,
      `live locked ${median(locked).toFixed(0)} ms`,
      `longest read ${median(waits).toFixed(0)} ms`,
      seen,
      "no reader sees an error",
      errors + torn === 0,
    ),
  ];
};
