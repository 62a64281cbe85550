/** The batches of a microbatch model in a run, and how the plan says them. Undefined for a model that is none. */
import { type Window, windowText } from "../../domain/batch.ts";
import { type BatchPlan, type ContractStep, spanOf } from "../../domain/build-steps.ts";
import type { MicrobatchConfig } from "../../domain/config.ts";
import type { ModelNode } from "../../domain/manifest.ts";
import { relationKey } from "../../domain/names.ts";
import { type Sql, sql } from "../../domain/sql.ts";
import { countOf } from "../../lib/duration.ts";
import { batchWindows } from "./batch-windows.ts";
import { contractedQuery } from "./contracts.ts";
import type { PlanRequest } from "./request.ts";

/** No rows stand, or all of them are made anew. */
export const firstBatches = (request: PlanRequest, node: ModelNode): BatchPlan | undefined => {
  const query = request.compiled.models.get(node.id)?.query;
  return planned(request, node, (config) => ({ ...windowsOf(request, config, undefined), first: query }));
};

/** They replace rows that stand. */
export const laterBatches = (request: PlanRequest, node: ModelNode): BatchPlan | undefined => {
  const key = relationKey(node.relation);
  const lastRead = request.catalog.recorded.find((r) => relationKey(r.name) === key)?.readAt;
  return planned(request, node, (config) => ({ ...windowsOf(request, config, lastRead), first: undefined }));
};

const windowsOf = (
  { compiled, eventTime: asked }: PlanRequest,
  config: MicrobatchConfig,
  lastRead: Date | undefined,
): { readonly windows: readonly Window[] } => ({
  windows: batchWindows({ config, now: compiled.startedAt, lastRead, asked }),
});

const planned = (
  { compiled, eventTime: asked }: PlanRequest,
  { id, config, laterBody }: ModelNode,
  batches: (config: MicrobatchConfig) => { readonly windows: readonly Window[]; readonly first: Sql | undefined },
): BatchPlan | undefined => {
  const { microbatch } = config.incremental;
  const query = compiled.models.get(id)?.later;
  if (microbatch === undefined || query === undefined) return undefined;
  const readsItself = laterBody?.pieces.some((piece) => piece.kind === "this") ?? false;
  return {
    ...batches(microbatch),
    size: microbatch.size,
    eventTime: microbatch.eventTime,
    query,
    isConcurrent: microbatch.isConcurrent ?? !readsItself,
    isAsked: asked !== undefined,
  };
};

export const contractedBatches = (
  batches: BatchPlan | undefined,
  contract: ContractStep | undefined,
): BatchPlan | undefined => {
  if (batches === undefined || contract === undefined) return batches;
  const held = (query: Sql): Sql => contractedQuery({ ...contract, query });
  return { ...batches, query: held(batches.query), first: batches.first && held(batches.first) };
};

/** The table is made of the query's columns; its rows come batch by batch. */
export const withoutRows = (query: Sql): Sql => sql`select * from (\n${query}\n) as batches limit 0`;

export const batchRemark = (plan: BatchPlan): string => {
  const span = spanOf(plan);
  if (span === undefined) return "no batch: its begin is yet to come";
  return `${countOf(plan.windows.length, "batch", "batches")} by ${plan.size}, ${windowText(span)}`;
};
