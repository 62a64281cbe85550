/** A plain seed of 500,000 rows with declared types, beside COPY of the same file into the same columns. */
import { createReadStream, statSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import { from as copyFrom } from "pg-copy-streams";
import { asRatio, figure, inSeconds, interleaved, median, ratioOf } from "./measure.mjs";
import { galley } from "./program.mjs";
import { eventsOf } from "./replay.mjs";
import { dropSchemas, withClients } from "./server.mjs";
import { SCHEMA, SEED_COLUMNS, writeSeed } from "./workload.mjs";

const ROWS = 500_000;

export const seedFigure = async ({ url, folder, rounds }) => {
  const project = `${folder}/seed`;
  const file = writeSeed(project, ROWS);
  const columns = Object.entries(SEED_COLUMNS).map(([name, type]) => `${name} ${type}`);
  const nodes = [];
  const seconds = await withClients(url, 1, ([client]) =>
    interleaved(rounds, {
      seed: async () => {
        await dropSchemas(url, [SCHEMA]);
        await galley(["seed", "--quiet", "--debug"], { cwd: project, env: { BENCH_URL: url } });
        const events = eventsOf(project);
        nodes.push(events.find((event) => event.kind === "node_finished").ms / 1000);
        const copies = events.filter((event) => event.kind === "statement" && /^copy /i.test(event.text.trim()));
        return copies.reduce((sum, event) => sum + event.ms, 0) / 1000;
      },
      copy: async () => {
        await client.query(
          `drop table if exists public.floor; begin; create table public.floor (${columns.join(", ")})`,
        );
        const startedAt = performance.now();
        await pipeline(
          createReadStream(file),
          client.query(copyFrom("copy public.floor from stdin (format csv, header)")),
        );
        const elapsed = (performance.now() - startedAt) / 1000;
        await client.query("commit; drop table public.floor");
        return elapsed;
      },
    }),
  );
  await dropSchemas(url, [SCHEMA]);
  const ratio = ratioOf(seconds.seed, seconds.copy);
  const megabytes = (statSync(file).size / 1e6).toFixed(0);
  return [
    figure(
      `seed of 500,000 rows × 7 columns with declared types (${megabytes} MB), its COPY beside plain COPY`,
      inSeconds(median(seconds.seed)),
      inSeconds(median(seconds.copy)),
      asRatio(ratio),
      "≤ 1.25 ×",
      ratio.median <= 1.25,
    ),
    figure(
      "the same, the whole node: read, made, copied, analysed, committed",
      inSeconds(median(nodes)),
      inSeconds(median(seconds.copy)),
      asRatio(ratioOf(nodes, seconds.copy)),
      "",
    ),
  ];
};
