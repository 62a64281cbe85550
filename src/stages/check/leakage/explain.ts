/**
 * Columns of a feature that differ at a cut-off in; per column where the difference begins, which columns of sources
 * carry it and which probe sees it out. Only what lies between is built again, with the cause alone in place of the base.
 */
import type { Session } from "../../../domain/contracts/database.ts";
import type { ModelNode } from "../../../domain/manifest.ts";
import type { Cutoff } from "../known/moments.ts";
import type { BuiltWorld } from "./build-world.ts";
import { type SampleRow, sampleOf } from "./compare.ts";
import { type Differing, differingIn } from "./differing.ts";
import { type FoundCarriers, findCarriers, weakest } from "./find-carriers.ts";
import { findStarts } from "./find-starts.ts";
import type { Mask, ProbeKind } from "./mask.ts";
import type { ReadRelation } from "./read-relation.ts";
import { buildScene, type Stage } from "./stage.ts";

export type Explained = {
  readonly startsIn: readonly { readonly node: ModelNode; readonly columns: readonly string[] }[];
  readonly equalAbove: readonly ModelNode[];
  readonly carriers: FoundCarriers;
  readonly seenBy: readonly ("hiding" | "changing")[];
  readonly sample: SampleRow | undefined;
};

export type ExplainRequest = {
  readonly feature: ReadRelation;
  readonly columns: Differing;
  readonly cutoff: Cutoff;
  /** Of the probe that found them. */
  readonly found: { readonly kind: ProbeKind; readonly seed: number };
  /** The probes' own schemas, and one to build what lies between. */
  readonly lanes: { readonly hide: string; readonly change: string; readonly between: string };
  /** Builds the same again from rows in another order: what differs there is no sign of a leak. */
  readonly isStable: (relation: ReadRelation, column: string) => Promise<boolean>;
};

/** By column, `undefined` for the rows. */
export const explain = async (
  stage: Stage,
  session: Session,
  request: ExplainRequest,
): Promise<ReadonlyMap<string | undefined, Explained>> => {
  const { feature, columns, cutoff, lanes, found } = request;
  const above = stage.above(feature.node.id);
  const models = stage.models.filter((m) => stage.affected.has(m.id) && (m.id === feature.node.id || above.has(m.id)));
  const worlds = new Map<ProbeKind, BuiltWorld>();
  const seen = new Map<ProbeKind, Differing>();
  for (const kind of ["change", "hide"] as const) {
    const mask: Mask = { kind, cutoff, seed: found.seed, only: undefined };
    const world = await buildScene(stage, session, {
      schema: lanes[kind],
      mask,
      carriers: undefined,
      models,
      given: new Map(),
    });
    worlds.set(kind, world);
    seen.set(kind, await differingIn(session, feature, world.relations.get(feature.node.id), cutoff));
  }
  const explained = new Map<string | undefined, Explained>();
  // Changing names what carries a difference more sharply than hiding, which takes whole rows away.
  for (const kind of ["change", "hide"] as const) {
    const world = worlds.get(kind);
    const left = new Set([...columns].filter((c) => !explained.has(c) && seen.get(kind)?.has(c) === true));
    if (world === undefined || left.size === 0) continue;
    const seenBy = (column: string | undefined): Explained["seenBy"] => [
      ...(seen.get("hide")?.has(column) ? (["hiding"] as const) : []),
      ...(seen.get("change")?.has(column) ? (["changing"] as const) : []),
    ];
    const sampled = async (column: string | undefined): Promise<SampleRow | undefined> => {
      const shown = worlds.get(seen.get("hide")?.has(column) ? "hide" : "change")?.relations.get(feature.node.id);
      const of = feature.columns.find((c) => c.name === column);
      if (shown === undefined) return undefined;
      return sampleOf(session, { ...feature, other: shown, cutoff, upTo: "at", sample: undefined }, of);
    };
    const starts = await findStarts(stage, session, { ...request, schema: lanes.between }, left, world);
    for (const { relation: start, brings, equalAbove } of starts) {
      const own = start.node.id === feature.node.id;
      const of = new Set(brings.keys());
      const carriers = await findCarriers(stage, session, {
        relation: start,
        columns: new Set([...brings.values()].flatMap((columns) => [...columns])),
        mask: { cutoff, seed: found.seed, only: undefined },
        kinds: [
          kind,
          ...(kind === "change" && [...of].some((c) => seen.get("hide")?.has(c)) ? (["hide"] as const) : []),
        ],
        schema: lanes.between,
        differing: (other) => differingIn(session, start, other, cutoff),
      });
      for (const [column, columnsOf] of brings) {
        const before = explained.get(column);
        const carried = [...columnsOf].map(carriers.of).reduce(merged);
        explained.set(column, {
          startsIn: [
            ...(before?.startsIn ?? []),
            { node: start.node, columns: own ? named(column) : namesOf(columnsOf, column) },
          ],
          equalAbove,
          carriers: before === undefined ? carried : merged(before.carriers, carried),
          seenBy: seenBy(column),
          sample: before?.sample ?? (await sampled(column)),
        });
      }
    }
  }
  return explained;
};

const named = (column: string | undefined): readonly string[] => (column === undefined ? [] : [column]);

/** Of several columns the one of the same name, where there is one. */
const namesOf = (columns: Differing, column: string | undefined): readonly string[] => {
  const names = [...columns].flatMap(named);
  return column !== undefined && names.includes(column) ? [column] : names.slice(0, 3);
};

const merged = (one: FoundCarriers, other: FoundCarriers): FoundCarriers => ({
  carriers: [
    ...one.carriers,
    ...other.carriers.filter((c) => !one.carriers.some((o) => o.source === c.source && o.column === c.column)),
  ],
  carriedBy: weakest([one.carriedBy, other.carriedBy]),
});
