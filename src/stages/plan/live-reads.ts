/** What a run reads on live: its models with their hooks, its data tests and its foreign keys, where they name what the run does not build. */
import type { Compiled } from "../../domain/compiled.ts";
import { isBuilt, type Manifest } from "../../domain/manifest.ts";
import type { NodeId } from "../../domain/names.ts";
import { reach } from "../../lib/dag.ts";

/** The nodes that must be there, and the schemas of those that Galley builds: another run must not write them meanwhile. */
export type LiveReads = {
  readonly schemas: readonly string[];
  /** Each with the first node that reads it. */
  readonly nodes: ReadonlyMap<NodeId, NodeId>;
};

export const liveReads = (manifest: Manifest, compiled: Compiled, inRun: ReadonlySet<NodeId>): LiveReads => {
  const readers = new Map<NodeId, NodeId>();
  const note = (reader: NodeId, read: NodeId): void => {
    if (!inRun.has(read) && !readers.has(read)) readers.set(read, reader);
  };
  for (const [id, model] of compiled.models) if (inRun.has(id)) for (const read of model.readsLive) note(id, read);
  for (const [id, hooks] of compiled.hooks) if (inRun.has(id)) for (const read of hooks.readsLive) note(id, read);
  for (const id of compiled.tests.keys()) for (const read of readByTest(manifest, id)) note(id, read);
  for (const id of inRun) for (const read of referredTo(manifest, id)) note(id, read);
  const nodes = new Map([...readers].sort(([a], [b]) => (a < b ? -1 : 1)));
  const schemas = new Set<string>();
  for (const id of nodes.keys()) {
    const node = manifest.nodes.get(id);
    if (node !== undefined && isBuilt(node)) schemas.add(node.relation.schema);
  }
  return { schemas: [...schemas].sort(), nodes };
};

/** Through ephemeral models, which have no relation of their own. */
export const readByTest = (manifest: Manifest, test: NodeId): readonly NodeId[] => {
  const parentsOf = (id: NodeId): readonly NodeId[] => manifest.parents.get(id) ?? [];
  return [...reach(parentsOf(test), (id) => (hasRelation(manifest, id) ? [] : parentsOf(id))).keys()].filter((id) =>
    hasRelation(manifest, id),
  );
};

const referredTo = (manifest: Manifest, id: NodeId): readonly NodeId[] => {
  const node = manifest.nodes.get(id);
  if (node === undefined || !isBuilt(node)) return [];
  return node.constraints.flatMap((c) => (c.kind === "foreign_key" && isMade(manifest, c.to) ? [c.to] : []));
};

/** A prefixed copy makes no foreign keys to sources. */
const isMade = (manifest: Manifest, to: NodeId): boolean =>
  hasRelation(manifest, to) && (manifest.nodes.get(to)?.kind !== "source" || manifest.target.schemaPrefix === "");

const hasRelation = (manifest: Manifest, id: NodeId): boolean => {
  const node = manifest.nodes.get(id);
  return node !== undefined && (node.kind === "source" || isBuilt(node));
};
