/** Which columns of live a planned run would change: for sessions that have prepared statements on them. */
import { join } from "node:path";
import type { Catalog } from "../domain/catalog.ts";
import type { Database } from "../domain/contracts/database.ts";
import { type ColumnForecast, type ColumnSource, NOTHING_FORETOLD } from "../domain/forecast.ts";
import { lockBudget } from "../domain/lock-table.ts";
import type { NodeId } from "../domain/names.ts";
import type { Plan } from "../domain/plan.ts";
import { authored } from "../domain/sql.ts";
import { forecastColumns } from "../stages/execute/forecast.ts";
import { planSeed } from "../stages/ingest/plan-seed.ts";
import { foretoldOf } from "../stages/plan/foretold.ts";
import type { Prepared } from "./prepare.ts";

export const forecastOn = async (
  prepared: Prepared,
  database: Database,
  plan: Plan,
  { locks }: Catalog,
): Promise<ColumnForecast> => {
  const relations = foretoldOf(plan, prepared, await seedColumns(prepared));
  // Nobody can have prepared anything on what is new.
  if (!relations.some((r) => r.isLive)) return NOTHING_FORETOLD;
  // Each is locked by its view; the server's table of locks is everybody's.
  if (2 * relations.length > lockBudget(locks)) return NOTHING_FORETOLD;
  return database.withSession("model", (session) => forecastColumns(session, relations));
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
