/** One plan of a whole build in a process of its own, from the files on; of an empty database, which is not asked. */
import { DIST } from "./program.mjs";

const [root] = process.argv.slice(2);

const [{ load }, { link }, { select }, { compile }, { plan }, { dataTests }, { materializations }, facts] =
  await Promise.all(
    [
      "stages/load/load.js",
      "stages/link/link.js",
      "stages/select/select.js",
      "stages/compile/compile.js",
      "stages/plan/plan.js",
      "plugins/data-tests/index.js",
      "plugins/materializations/index.js",
      "domain/source-facts.js",
    ].map((file) => import(`${DIST}/${file}`)),
  );

const taken = (outcome) => {
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.diagnostics.slice(0, 3)));
  return outcome.value;
};

const CATALOG = {
  serverVersion: 180_000,
  role: "etl",
  database: "dw",
  canCreateSchemas: true,
  locks: { perTransaction: 1_000_000, promised: 100_000_000, inUse: 0 },
  schemas: new Map(),
  relations: new Map(),
  dependents: [],
  standing: [],
  named: [],
  roles: new Set(),
  recorded: [],
  proofs: [],
};

const startedAt = performance.now();
const project = taken(
  await load({ root, env: process.env, cliVars: undefined, targetName: undefined, overrides: { threads: undefined } }),
);
const manifest = taken(link(project, dataTests));
const selection = taken(select(manifest, { select: [], exclude: [], indirectSelection: "eager" }));
const inRun = new Set(selection.nodes.filter((id) => manifest.nodes.get(id).kind !== "data-test"));
const run = { view: { kind: "workspace", inRun }, startedAt: new Date(), invocationId: "bench" };
const compiled = taken(await compile(manifest, selection.nodes, run, dataTests));
const planningFrom = performance.now();
const planned = taken(
  plan({
    manifest,
    selection,
    compiled,
    unitTests: { tests: new Map(), shapes: new Map() },
    catalog: CATALOG,
    materializations,
    eventTime: undefined,
    incrementals: "by delta",
    seedFiles: new Map(),
    foreign: "refused",
    absentSources: "refused",
    sources: facts.NO_SOURCE_FACTS,
    publish: "all",
    freshness: "configured",
  }),
);
const endedAt = performance.now();
console.log(
  JSON.stringify({
    seconds: (endedAt - startedAt) / 1000,
    planning: (endedAt - planningFrom) / 1000,
    megabytes: process.resourceUsage().maxRSS / 1024,
    tasks: planned.tasks.size,
    tests: [...planned.tasks.values()].reduce((sum, task) => sum + (task.tests?.length ?? 0), 0),
  }),
);
