/** Which columns of live a planned run would change, for sessions that have prepared statements on them; which contracts it breaks. */
import { join } from "node:path";
import type { Catalog } from "../domain/catalog.ts";
import type { Database } from "../domain/contracts/database.ts";
import type { Diagnostic } from "../domain/diagnostic.ts";
import { type ColumnForecast, type ColumnSource, NOTHING_FORETOLD } from "../domain/forecast.ts";
import { lockBudget } from "../domain/lock-table.ts";
import type { NodeId } from "../domain/names.ts";
import type { Plan } from "../domain/plan.ts";
import { authored } from "../domain/sql.ts";
import { readLockTable } from "../postgres/lock-table.ts";
import { forecastColumns } from "../stages/execute/forecast.ts";
import { retried } from "../stages/execute/retry-step.ts";
import type { RunContext } from "../stages/execute/run-context.ts";
import { planSeed } from "../stages/ingest/plan-seed.ts";
import { belowOthers, foretoldOf } from "../stages/plan/foretold.ts";
import type { Prepared } from "./prepare.ts";

export const forecastOn = async (
  prepared: Prepared,
  database: Database,
  plan: Plan,
  { locks }: Catalog,
): Promise<ColumnForecast> => {
  const relations = foretoldOf(plan, prepared, await seedColumns(prepared));
  // Nobody can have prepared anything on what is new.
  if (!relations.some((r) => r.isLive || r.contract !== undefined)) return NOTHING_FORETOLD;
  // Each is locked by its view; the server's table of locks is everybody's.
  if (2 * relations.length > lockBudget(locks)) return NOTHING_FORETOLD;
  return database.withSession("model", (session) => forecastColumns(session, relations));
};

/** Contracts of models that read what this run builds: looked at before it builds anything. */
export const brokenContracts = async (
  prepared: Prepared,
  run: RunContext,
  plan: Plan,
): Promise<readonly Diagnostic[]> => {
  const isAny = [...plan.tasks.values()].some((task) => task.kind === "build" && task.contract !== undefined);
  if (!isAny) return [];
  const relations = belowOthers(plan, foretoldOf(plan, prepared, await seedColumns(prepared)), prepared.manifest);
  return retried(run, "model", "contracts", async (session) => {
    const isRoom = 2 * relations.length <= lockBudget(await readLockTable(session));
    return isRoom ? (await forecastColumns(session, relations)).broken : [];
  });
};

const seedColumns = async ({ manifest, project, selection }: Prepared): Promise<ReadonlyMap<NodeId, ColumnSource>> => {
  const seeds = new Map<NodeId, ColumnSource>();
  for (const id of selection.nodes) {
    const node = manifest.nodes.get(id);
    if (node?.kind !== "seed") continue;
    const planned = await planSeed({ absolutePath: join(project.root, node.path), label: node.path }, node.config);
    if (!planned.ok) continue;
    const columns = planned.value.columns.map(({ name, type }) => ({ name, type: authored(type, undefined) }));
    seeds.set(id, { kind: "columns", columns });
  }
  return seeds;
};
