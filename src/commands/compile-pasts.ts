/** Incremental models and a clock in; what a check builds to rehearse them out: the pasts of all they read, their queries in each. */
import { type Outcome, ok } from "../domain/diagnostic.ts";
import { keyOf, type Manifest, type ModelNode, type SourceNode } from "../domain/manifest.ts";
import type { NodeId, RelationName } from "../domain/names.ts";
import type { Sql } from "../domain/sql.ts";
import { reach } from "../lib/dag.ts";
import { dataTests } from "../plugins/data-tests/index.ts";
import { asItStood, type Clock, PASTS, type Past, placeOf, timeColumnOf } from "../stages/check/pasts.ts";
import type { Build, Rehearsal } from "../stages/check/rehearse.ts";
import { compile } from "../stages/compile/compile.ts";
import type { CommandContext } from "./context.ts";

export type Pasts = {
  /** Views on sources, then tables of models, parents first. */
  readonly builds: readonly PastBuild[];
  readonly rehearsals: readonly Rehearsal[];
};

export type PastBuild = Build & { readonly kind: "view" | "table"; readonly node: NodeId };

type Queries = { readonly query: Sql; readonly later: Sql | undefined };

type World = {
  readonly context: CommandContext;
  readonly manifest: Manifest;
  readonly clock: Clock;
  /** Checks' schemas begin with its name. */
  readonly bookkeeping: string;
  readonly models: readonly ModelNode[];
  /** What the models read: sources that keep time, and models with a relation, parents first. */
  readonly sources: readonly SourceNode[];
  readonly upstream: readonly ModelNode[];
  /** What is not the same in every past. */
  readonly changing: ReadonlySet<NodeId>;
};

export const compilePasts = async (
  context: CommandContext,
  manifest: Manifest,
  bookkeeping: string,
  models: readonly ModelNode[],
  clock: Clock,
): Promise<Outcome<Pasts>> => {
  const read = ancestorsOf(manifest, models).flatMap((id) => manifest.nodes.get(id) ?? []);
  const sources = read.flatMap((n) => (n.kind === "source" && timeColumnOf(n) !== undefined ? [n] : []));
  const upstream = read.flatMap((n) => (n.kind === "model" && n.config.materialized !== "ephemeral" ? [n] : []));
  const below = reach(
    sources.map((s) => s.id),
    (id) => manifest.children.get(id) ?? [],
  );
  const changing = new Set(below.keys());
  const world: World = { context, manifest, clock, bookkeeping, models, sources, upstream, changing };
  const builds: PastBuild[] = [];
  const own = new Map<Past, ReadonlyMap<NodeId, Queries>>();
  for (const past of PASTS) {
    const compiled = await compilePast(world, past);
    if (!compiled.ok) return compiled;
    builds.push(...compiled.value.builds);
    own.set(past, compiled.value.own);
  }
  const queriesIn = (past: Past, { id }: ModelNode): Queries => {
    const queries = own.get(past)?.get(id);
    if (queries === undefined) throw new Error(`${id} was not compiled in the past "${past}"`);
    return queries;
  };
  return ok({ builds, rehearsals: models.map((m) => rehearsalOf(world, m, (past) => queriesIn(past, m))) });
};

/** What models read, themselves left out unless another of them reads them; parents first. */
export const ancestorsOf = (manifest: Manifest, models: readonly ModelNode[]): readonly NodeId[] => {
  const parentsOf = (id: NodeId): readonly NodeId[] => manifest.parents.get(id) ?? [];
  const above = reach(
    models.flatMap((m) => parentsOf(m.id)),
    parentsOf,
  );
  return manifest.order.filter((id) => above.has(id));
};

const compilePast = async (
  world: World,
  past: Past,
): Promise<Outcome<{ readonly builds: readonly PastBuild[]; readonly own: ReadonlyMap<NodeId, Queries> }>> => {
  const { bookkeeping, clock, sources, upstream, changing, models } = world;
  const views = sources.flatMap((source): PastBuild[] => {
    const query = asItStood(source, past, clock);
    const relation = placeOf(bookkeeping, past, `${source.sourceName}.${source.name}`);
    return query === undefined ? [] : [{ kind: "view", node: source.id, relation, query }];
  });
  const tables = upstream.map((node) => {
    const relation = placeOf(bookkeeping, changing.has(node.id) ? past : "whole", node.name);
    return { node, relation };
  });
  const relations = new Map(
    [...views, ...tables.map((t) => ({ ...t, node: t.node.id }))].map((b) => [b.node, b.relation]),
  );
  const isBuiltHere = (node: ModelNode): boolean => past === "whole" || changing.has(node.id);
  const compiled = await queriesOf(world, relations, upstream.filter(isBuiltHere));
  if (!compiled.ok) return compiled;
  const built = tables.flatMap(({ node, relation }): PastBuild[] => {
    const query = compiled.value.get(node.id)?.query;
    return query === undefined ? [] : [{ kind: "table", node: node.id, relation, query }];
  });
  const own = new Map<NodeId, Queries>();
  for (const model of models) {
    // To itself a model is the table that grows; to others that read it, what a full build gives.
    const seen = new Map([...relations, [model.id, placeOf(bookkeeping, "grown", model.name)] as const]);
    const queries = await queriesOf(world, seen, [model]);
    if (!queries.ok) return queries;
    for (const [id, query] of queries.value) own.set(id, query);
  }
  return ok({ builds: [...views, ...built], own });
};

const queriesOf = async (
  { context, manifest }: World,
  relations: ReadonlyMap<NodeId, RelationName>,
  nodes: readonly ModelNode[],
): Promise<Outcome<ReadonlyMap<NodeId, Queries>>> => {
  const run = { view: { kind: "past", relations }, startedAt: context.now(), invocationId: context.runId } as const;
  const compiled = await compile(
    manifest,
    nodes.map((n) => n.id),
    run,
    dataTests,
  );
  return compiled.ok ? ok(compiled.value.models) : compiled;
};

const rehearsalOf = ({ bookkeeping }: World, node: ModelNode, queriesIn: (past: Past) => Queries): Rehearsal => {
  const laterIn = (past: Past): Sql => {
    const { later } = queriesIn(past);
    if (later === undefined) throw new Error(`${node.id} is not incremental`);
    return later;
  };
  return {
    node: node.id,
    at: node.at,
    key: keyOf(node),
    full: { relation: placeOf(bookkeeping, "full", node.name), query: queriesIn("whole").query },
    grown: placeOf(bookkeeping, "grown", node.name),
    delta: placeOf(bookkeeping, "delta", node.name),
    inOrder: { first: queriesIn("first").query, later: [laterIn("second"), laterIn("whole")] },
    late: { first: queriesIn("gap").query, later: laterIn("whole") },
  };
};
