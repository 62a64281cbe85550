/**
 * The tests of a selection without those that cannot be run yet: they came along because they touch a node of the run,
 * they judge one outside it, and what they read there was never built. A test that judges a node of the run stays, so
 * that planning refuses.
 */
import type { Catalog } from "../../domain/catalog.ts";
import type { Compiled, CompiledTest } from "../../domain/compiled.ts";
import { type Diagnostic, warningOf } from "../../domain/diagnostic.ts";
import { isBuilt, type Manifest } from "../../domain/manifest.ts";
import { type NodeId, relationKey } from "../../domain/names.ts";
import { readByTest } from "./live-reads.ts";

export const withoutTestsOfAbsent = (
  manifest: Manifest,
  compiled: Compiled,
  catalog: Catalog,
  inRun: ReadonlySet<NodeId>,
): { readonly compiled: Compiled; readonly notes: readonly Diagnostic[] } => {
  const notes: Diagnostic[] = [];
  const tests = new Map(compiled.tests);
  for (const [id, test] of compiled.tests) {
    if (test.node.attachedTo !== undefined && inRun.has(test.node.attachedTo)) continue;
    const absent = readByTest(manifest, id).find((read) => !inRun.has(read) && isAbsent(manifest, catalog, read));
    if (absent === undefined) continue;
    tests.delete(id);
    notes.push(leftOut(test, manifest.nodes.get(absent)?.name ?? absent));
  }
  return { compiled: { ...compiled, tests }, notes };
};

const isAbsent = (manifest: Manifest, catalog: Catalog, id: NodeId): boolean => {
  const node = manifest.nodes.get(id);
  return node !== undefined && isBuilt(node) && !catalog.relations.has(relationKey(node.relation));
};

const leftOut = ({ node }: CompiledTest, absent: string): Diagnostic =>
  warningOf("plan/test-left-out", `data test ${node.name} is not run: ${absent} was never built`, {
    at: node.at,
    help: `select it too: --select ${absent}; or choose tests with --indirect-selection buildable`,
  });
