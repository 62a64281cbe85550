/**
 * For each node of the run a hash of all that its relation is made of, as far as it can be known: its SQL or file, its
 * config, the nodes of the run that it reads, and which published state of those that it reads on live. Not in it: what
 * stands in sources.
 */
import { type BuiltNode, isBuilt, isTest } from "../../domain/manifest.ts";
import { type NodeId, relationKey } from "../../domain/names.ts";
import { reach } from "../../lib/dag.ts";
import { hashOf } from "../../lib/hash.ts";
import type { PlanRequest } from "./request.ts";

export const inputHashes = (request: PlanRequest, built: readonly BuiltNode[]): ReadonlyMap<NodeId, string> => {
  const { manifest, compiled, catalog, seedFiles } = request;
  const inRun = new Map(built.map((node) => [node.id, node]));
  const published = new Map(catalog.recorded.map((r) => [relationKey(r.name), r.runId]));
  const hashes = new Map<NodeId, string>();
  for (const id of manifest.order) {
    const node = inRun.get(id);
    if (node === undefined) continue;
    // Through ephemeral models, whose SQL is part of the node's own.
    const read = reach(manifest.parents.get(id) ?? [], (at) => (isInline(request, at) ? parentsOf(request, at) : []));
    const inputs = [...read.keys()].sort().flatMap((at) => {
      const parent = manifest.nodes.get(at);
      if (parent === undefined || isTest(parent) || isInline(request, at)) return [];
      return [at, hashes.get(at) ?? `live ${published.get(relationKey(parent.relation)) ?? ""}`];
    });
    const made = node.kind === "seed" ? seedFiles.get(id) : compiled.models.get(id)?.fingerprint;
    const columns = stableText([node.description, node.columns, node.constraints]);
    const path = stableText(manifest.target.searchPath);
    hashes.set(id, hashOf(node.kind, made ?? "", stableText(node.config), columns, path, ...inputs));
  }
  return hashes;
};

const isInline = ({ manifest }: PlanRequest, id: NodeId): boolean => {
  const node = manifest.nodes.get(id);
  return node?.kind === "model" && !isBuilt(node);
};

const parentsOf = ({ manifest }: PlanRequest, id: NodeId): readonly NodeId[] => manifest.parents.get(id) ?? [];

/** Where a thing was written, and what says nothing of the relation that is built. */
const LEFT_OUT: ReadonlySet<string> = new Set(["span", "at", "file", "origin", "calledFrom", "tags", "meta", "grants"]);

const stableText = (value: unknown): string =>
  JSON.stringify(value, (key, part: unknown) => {
    if (LEFT_OUT.has(key) || key.endsWith("Span")) return undefined;
    if (part instanceof Map) return [...part];
    return part instanceof Set ? [...part] : part;
  });
