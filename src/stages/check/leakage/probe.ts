/**
 * Rebuilds the past at one cut-off and compares each feature with its full build. Where a build fails under the mixed
 * probe, other seeds are tried, then hiding alone, then changing alone; what fails under all is not proved there.
 */
import type { Session } from "../../../domain/contracts/database.ts";
import type { Diagnostic } from "../../../domain/diagnostic.ts";
import type { NodeId } from "../../../domain/names.ts";
import { hashOf } from "../../../lib/hash.ts";
import { type Cutoff, cutoffText } from "../known/moments.ts";
import type { BuiltWorld } from "./build-world.ts";
import { type Compared, compare } from "./compare.ts";
import type { ProbeKind } from "./mask.ts";
import type { ReadRelation } from "./read-relation.ts";
import { buildScene, type Stage } from "./stage.ts";

export type Probed = {
  readonly cutoff: Cutoff;
  /** By feature: how it compares, under which probe. */
  readonly features: ReadonlyMap<
    NodeId,
    { readonly compared: Compared; readonly kind: ProbeKind; readonly seed: number }
  >;
  readonly failed: ReadonlyMap<NodeId, Diagnostic>;
  readonly reached: BuiltWorld["reached"];
};

export type ProbeRequest = {
  readonly schema: string;
  readonly cutoff: Cutoff;
  readonly seed: number;
  readonly features: readonly ReadRelation[];
  readonly sample: { readonly share: number; readonly seed: number } | undefined;
};

type Attempt = { readonly kind: ProbeKind; readonly seed: number };

const MORE_SEEDS = 3;

/** What is hidden at one cut-off is changed at another; a cut-off that is named again is probed as before. */
const seedAt = (seed: number, cutoff: Cutoff): number =>
  seed + Number.parseInt(hashOf(cutoffText(cutoff)).slice(0, 8), 16);

export const probeAt = async (stage: Stage, session: Session, request: ProbeRequest): Promise<Probed> => {
  const { cutoff } = request;
  const seed = seedAt(request.seed, cutoff);
  const attempts: readonly Attempt[] = [
    ...Array.from({ length: 1 + MORE_SEEDS }, (_, i): Attempt => ({ kind: "mixed", seed: seed + i })),
    { kind: "hide", seed },
    { kind: "change", seed },
  ];
  const features = new Map<NodeId, { readonly compared: Compared; readonly kind: ProbeKind; readonly seed: number }>();
  const reached = new Map<NodeId, readonly string[]>();
  let failed: ReadonlyMap<NodeId, Diagnostic> = new Map();
  for (const attempt of attempts) {
    const left = request.features.filter((f) => !features.has(f.node.id));
    if (left.length === 0) break;
    const wanted = new Set(left.flatMap((f) => [f.node.id, ...stage.above(f.node.id)]));
    const models = stage.models.filter((m) => stage.affected.has(m.id) && wanted.has(m.id));
    const world = await buildScene(stage, session, {
      schema: request.schema,
      mask: { ...attempt, cutoff, only: undefined },
      carriers: undefined,
      models,
      given: new Map(),
    });
    for (const [id, names] of world.reached) reached.set(id, names);
    failed = world.failed;
    for (const feature of left) {
      const other = world.relations.get(feature.node.id);
      if (other === undefined) continue;
      const compared = await compare(session, { ...feature, other, cutoff, upTo: "at", sample: request.sample });
      features.set(feature.node.id, { compared, ...attempt });
    }
  }
  return {
    cutoff,
    features,
    failed: new Map([...failed].filter(([id]) => !features.has(id))),
    reached,
  };
};
