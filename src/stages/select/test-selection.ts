/**
 * Which data tests come along with chosen nodes, as in dbt: they are added to each criterion's nodes before criteria are
 * combined; a test of which only some parents are chosen waits until everything is combined.
 */
import { isTest, type Manifest } from "../../domain/manifest.ts";
import type { NodeId } from "../../domain/names.ts";
import type { IndirectSelection } from "../../domain/selection.ts";
import { reach } from "../../lib/dag.ts";

export type Chosen = {
  readonly direct: ReadonlySet<NodeId>;
  /** `direct`, and the tests that touch a chosen node but also others. */
  readonly possible: ReadonlySet<NodeId>;
};

export const chosenBy = (ids: Iterable<NodeId>): Chosen => {
  const direct = new Set(ids);
  return { direct, possible: direct };
};

export const withTests = (manifest: Manifest, chosen: ReadonlySet<NodeId>, mode: IndirectSelection): Chosen => {
  const parentsOf = (id: NodeId): readonly NodeId[] => manifest.parents.get(id) ?? [];
  const enough = mode === "buildable" ? new Set(reach(chosen, parentsOf).keys()) : chosen;
  const direct = new Set(chosen);
  const possible = new Set(chosen);
  for (const id of chosen)
    for (const child of manifest.children.get(id) ?? []) {
      if (!isTest(manifest.nodes.get(child))) continue;
      possible.add(child);
      if (mode === "eager" || parentsOf(child).every((parent) => enough.has(parent))) direct.add(child);
    }
  return { direct, possible };
};

export const union = (all: readonly Chosen[]): Chosen => ({
  direct: new Set(all.flatMap((c) => [...c.direct])),
  possible: new Set(all.flatMap((c) => [...c.possible])),
});

export const intersection = (all: readonly Chosen[]): Chosen => ({
  direct: common(all.map((c) => c.direct)),
  possible: common(all.map((c) => c.possible)),
});

/** What was waiting comes in when all its parents have. */
export const settled = (
  manifest: Manifest,
  { direct, possible }: Chosen,
  mode: IndirectSelection,
): ReadonlySet<NodeId> => {
  if (mode === "eager") return direct;
  const complete = [...possible].filter((id) => (manifest.parents.get(id) ?? []).every((parent) => direct.has(parent)));
  return new Set([...direct, ...complete.filter((id) => isTest(manifest.nodes.get(id)))]);
};

const common = (sets: readonly ReadonlySet<NodeId>[]): ReadonlySet<NodeId> =>
  new Set([...(sets[0] ?? [])].filter((id) => sets.every((set) => set.has(id))));
