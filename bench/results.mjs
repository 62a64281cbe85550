/** Figures in, RESULTS.md out: with the machine they were taken on, and what other tools needed for the same work. */
import { writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, platform, release, totalmem } from "node:os";
import { ROOT } from "./program.mjs";
import { withClients } from "./server.mjs";

export const writeResults = async (figures, { url }, rounds) => {
  const server = await withClients(url, 1, async ([client]) => {
    const { rows } = await client.query(
      "select current_setting('server_version') as version, current_setting('synchronous_commit') as commits, current_setting('shared_buffers') as buffers",
    );
    return rows[0];
  });
  const machine = `${availableParallelism()} × ${cpus()[0]?.model ?? "unknown"}, ${(totalmem() / 2 ** 30).toFixed(0)} GB, ${platform()} ${release()}`;
  const rows = figures.map((f) => `| ${[f.work, f.measured, f.floor, f.ratio, f.target].join(" | ")} |`);
  writeFileSync(
    `${ROOT}bench/RESULTS.md`,
    `# Results

\`npm run bench -- --write\` wrote this file, on ${new Date().toISOString().slice(0, 10)}.

- Machine: ${machine}; Node ${process.version}; load at the end ${loadavg()[0]?.toFixed(1)}.
- Server: PostgreSQL ${server.version}${process.env.BENCH_URL === undefined ? ", embedded" : ""}, \`synchronous_commit = ${server.commits}\`, \`shared_buffers = ${server.buffers}\`.
- Each figure and its floor were taken in turn, ${rounds} times (start-up ${3 * rounds} times); what stands here are medians, and for ratios the median, lowest and highest of the pairs. Absolute times vary with the machine and with what else runs on it; the ratios are what counts.

| work | Galley | floor | ratio | target |
| --- | --- | --- | --- | --- |
${rows.join("\n")}

${PEERS}`,
  );
};

const PEERS = `## What other tools needed for the same

Measured by hand, on a like machine (two cores, PostgreSQL 15 on loopback, default settings, November 2026), all on one day; the floor was taken there as well. Compare ratios, not seconds.

| work | floor | dbt-core 1.12.6 + dbt-postgres 1.11.0 | SQLMesh 0.236.4 |
| --- | --- | --- | --- |
| 1,000 models with 2,000 tests, from nothing, whole command | 0.8 s | 80.5 s | 59.2 s |
| parse of 1,000 models, cold | – | 11.1 s, 177 MB | 13.5 s, 306 MB |
| parse of 10,000 models, cold | files read 0.17 s, templates parsed 1.2 s | 71.9 s, 636 MB | – |
| \`ls\` of 1,000 models, parsed before | – | 4.6 s | – |
| \`--version\` | node itself 0.06 s | 1.9 s | 1.3 s |
| seed of 500,000 rows × 7 columns (24 MB) | \`COPY\` 0.41 s | 413.8 s, 904 MB | – |
`;
