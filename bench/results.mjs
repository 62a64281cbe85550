/**
 * Figures in, RESULTS.md out, with the machine they were taken on. A whole run makes the first part of the file anew, long
 * figures their own section; the sections that people keep stay as they are: crashes, and what other tools needed.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, platform, release, totalmem } from "node:os";
import { ROOT } from "./program.mjs";
import { withClients } from "./server.mjs";

const FILE = `${ROOT}bench/RESULTS.md`;

const LONG = "Long figures";

/** Of the file as it stands: the text of each section, heading and all. */
const sectionsOf = (text) => {
  const parts = text.split(/^(?=## )/m);
  return new Map(parts.map((part) => [/^## (.*)$/m.exec(part)?.[1] ?? "", part.trimEnd()]));
};

const written = () => sectionsOf(existsSync(FILE) ? readFileSync(FILE, "utf8") : "");

const save = (sections) => writeFileSync(FILE, `${[...sections.values()].join("\n\n")}\n`);

const tableOf = (figures) => `| work | Galley | floor | ratio | target |
| --- | --- | --- | --- | --- |
${figures.map((f) => `| ${[f.work, f.measured, f.floor, f.ratio, f.target].join(" | ")} |`).join("\n")}`;

const today = () => new Date().toISOString().slice(0, 10);

const machine = () =>
  `${availableParallelism()} × ${cpus()[0]?.model ?? "unknown"}, ${(totalmem() / 2 ** 30).toFixed(0)} GB, ${platform()} ${release()}; Node ${process.version}; load at the end ${loadavg()[0]?.toFixed(1)}`;

/** Those that no whole run measures, in a section of their own. */
export const writeLongResults = (figures) => {
  const head = `## ${LONG}

Measured when they are asked for by name (\`npm run bench -- publish10000 --write\`), last on ${today()}, on ${machine()}.`;
  save(new Map([...written(), [LONG, `${head}\n\n${tableOf(figures)}`]]));
};

export const writeResults = async (figures, { url }, rounds) => {
  const server = await withClients(url, 1, async ([client]) => {
    const { rows } = await client.query(
      "select current_setting('server_version') as version, current_setting('synchronous_commit') as commits, current_setting('shared_buffers') as buffers",
    );
    return rows[0];
  });
  const whole = `# Results

\`npm run bench -- --write\` wrote this part of the file, on ${today()}.

- Machine: ${machine()}.
- Server: PostgreSQL ${server.version}${process.env.BENCH_URL === undefined ? ", embedded" : ""}, \`synchronous_commit = ${server.commits}\`, \`shared_buffers = ${server.buffers}\`.
- Each figure and its floor were taken in turn, ${rounds} times (start-up ${3 * rounds} times); what stands here are medians, and for ratios the median, lowest and highest of the pairs. Absolute times vary with the machine and with what else runs on it; the ratios are what counts. Targets in seconds were set where node itself starts in 0.06 s: the floor of \`--version\` says how fast this machine was.

${tableOf(figures)}`;
  save(new Map([...written(), ["", whole]]));
};
