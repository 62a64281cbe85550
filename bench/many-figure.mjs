/**
 * 10,000 relations published in one transaction, on a server of its own with room for their locks. It takes minutes, and
 * is measured only when it is asked for: `npm run bench -- publish10000`. BENCH_LOCKS is its max_locks_per_transaction,
 * BENCH_RELATIONS makes it fewer.
 */
import { mkdirSync, rmSync } from "node:fs";
import { DIST } from "./program.mjs";
import { publishFigureOf } from "./publish-figure.mjs";

const MODELS = Number(process.env.BENCH_RELATIONS ?? 10_000);
const LOCKS = process.env.BENCH_LOCKS ?? "2048";

export const manyFigure = async ({ folder, rounds }) => {
  const { startWith } = await import(`${DIST}/postgres/embedded/start.js`);
  const { EMBEDDED_SETTINGS } = await import(`${DIST}/postgres/embedded/settings.js`);
  const { stopEmbedded } = await import(`${DIST}/postgres/embedded/stop.js`);
  const home = `${folder}/many-server`;
  mkdirSync(home);
  const parameters = { ...EMBEDDED_SETTINGS.parameters, max_locks_per_transaction: LOCKS };
  const started = await startWith({ projectRoot: home, report: () => undefined }, { ...EMBEDDED_SETTINGS, parameters });
  if (!started.ok) throw new Error(started.diagnostics.map((d) => d.message).join("\n"));
  await started.value.close();
  try {
    return await publishFigureOf(MODELS)({ url: started.value.url, folder, rounds: Math.min(rounds, 3) });
  } finally {
    await stopEmbedded({ projectRoot: home, others: "end", report: () => undefined });
    rmSync(home, { recursive: true, force: true });
  }
};
