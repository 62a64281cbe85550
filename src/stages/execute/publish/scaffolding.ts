/**
 * Overlays are scaffolding: before publish ends nothing stands on them. What was built over one is made again over live,
 * children dropped before parents; then the overlays go, and DROP itself says so if anything still depended on them.
 */
import type { PublishedDelta, ReboundRelation } from "../../../domain/plan.ts";
import { relation, type Sql, sql } from "../../../domain/sql.ts";
import { kindSql } from "../drop-relations.ts";

export const rebind = (rebound: readonly ReboundRelation[]): readonly Sql[] => [
  ...rebound.toReversed().map(({ kind, workspace }) => sql`drop ${kindSql(kind)} ${relation(workspace)}`),
  ...rebound.flatMap((r) => r.statements),
];

export const dropScaffolding = (deltas: readonly PublishedDelta[]): readonly Sql[] =>
  deltas.flatMap(({ step }) => [sql`drop view ${relation(step.overlay)}`, sql`drop table ${relation(step.delta)}`]);
