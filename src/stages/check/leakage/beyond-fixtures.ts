/**
 * The features built once more without any row of the future, also of what is known long before: columns that differ then
 * look beyond the cut-off in a fixture list. That is no leak, and worth knowing.
 */
import type { Session } from "../../../domain/contracts/database.ts";
import type { Cutoff } from "../known/moments.ts";
import { hasOwnTime } from "./by-time.ts";
import { compare } from "./compare.ts";
import { differingOf } from "./differing.ts";
import type { MaskedSource } from "./masked-source.ts";
import type { Probed } from "./probe.ts";
import type { ReadRelation } from "./read-relation.ts";
import { buildScene, type Stage } from "./stage.ts";

/** Names of columns, as `schema.relation.column`. */
export const beyondFixtures = async (
  stage: Stage,
  session: Session,
  features: readonly ReadRelation[],
  cutoffs: readonly Cutoff[],
  schema: string,
  probed: readonly Probed[],
): Promise<readonly string[]> => {
  const isFixtureList = (s: MaskedSource): boolean => (s.rows.kind === "always" || hasOwnTime(s)) && s.event.length > 0;
  const kept = stage.masked.filter(isFixtureList);
  if (kept.length === 0 || features.length === 0) return [];
  const cut = stage.masked.map((source): MaskedSource => {
    return isFixtureList(source)
      ? {
          ...source,
          rows: { kind: "timed", when: "at", time: source.event },
          columns: source.columns.map((c) => ({ ...c, rule: undefined })),
        }
      : { ...source, rows: { kind: "always" }, columns: source.columns.map((c) => ({ ...c, rule: undefined })) };
  });
  const names = new Set<string>();
  // In the middle of what was looked at a season may just be over; soon after the beginning there is all to come.
  const looked = new Set([cutoffs[1], cutoffs[Math.floor(cutoffs.length / 2)]].flatMap((c) => c ?? []));
  for (const cutoff of looked) {
    const world = await buildScene({ ...stage, masked: cut }, session, {
      schema,
      mask: { kind: "hide", cutoff, seed: 0, only: undefined },
      carriers: undefined,
      models: stage.models.filter((m) => stage.affected.has(m.id)),
      given: new Map(),
    });
    for (const feature of features) {
      const other = world.relations.get(feature.node.id);
      if (other === undefined) continue;
      const compared = await compare(session, { ...feature, other, cutoff, upTo: "at", sample: undefined });
      const { schema: of, name } = feature.node.relation;
      for (const column of differingOf(compared)) {
        const leaks = probed.some(
          (p) => (p.features.get(feature.node.id)?.compared.differing.get(column ?? "") ?? 0) > 0,
        );
        if (column !== undefined && !leaks) names.add(`${of}.${name}.${column}`);
      }
    }
  }
  return [...names].sort();
};
