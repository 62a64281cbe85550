/**
 * What a build has time for: a few cut-offs, and for each feature what differs and in which rows, not where that begins.
 * The rows stand in the check's schemas until the next feature is looked at.
 */
import type { Session } from "../../../domain/contracts/database.ts";
import { type Outcome, ok } from "../../../domain/diagnostic.ts";
import type { ColumnVerdict } from "../../../domain/leakage.ts";
import type { RelationName } from "../../../domain/names.ts";
import { unknownName } from "../../../domain/past-proof.ts";
import type { Sql } from "../../../domain/sql.ts";
import { type Compared, compare, differingRows } from "./compare.ts";
import { conclude } from "./conclude.ts";
import { differingOf } from "./differing.ts";
import { laneOf } from "./places.ts";
import type { Probed } from "./probe.ts";
import { type ProofRequest, prove, type Seen } from "./prove.ts";
import type { ReadRelation } from "./read-relation.ts";
import { buildScene } from "./stage.ts";

export type QuickProof = {
  readonly feature: ReadRelation["node"];
  readonly columns: readonly ColumnVerdict[];
  readonly cutoffs: number;
  /** Rows compared, and how many of them at a cut-off. */
  readonly compared: number;
  readonly atCutoff: number;
  /** Of a leak: at the cut-off at which most rows differ. */
  readonly shown: ShownLeak | undefined;
  /** How many rows that a run has built are others than the SQL makes of the sources now; undefined: not compared. */
  readonly builtDiffering: number | undefined;
};

type ShownLeak = {
  readonly query: Sql;
  readonly tested: readonly string[];
  readonly compared: number;
};

/** `builtAt`: where the run has built a feature; undefined where it has not. */
export const proveQuick = async (
  session: Session,
  request: Omit<ProofRequest, "depth">,
  builtAt: (feature: ReadRelation["node"]) => RelationName | undefined,
  told: (proof: QuickProof) => Promise<void>,
): Promise<Outcome<undefined>> => {
  const { bookkeeping, signal } = request;
  const seen = await prove(session, { ...request, depth: "quick" });
  if (!seen.ok) return seen;
  signal.throwIfAborted();
  const verdicts = await conclude(session, seen.value, bookkeeping, () => undefined);
  for (const feature of seen.value.features) {
    const columns = verdicts.filter((v) => v.node === feature.node.id);
    const all = seen.value.probed.flatMap((p) => p.features.get(feature.node.id)?.compared ?? []);
    await told({
      feature: feature.node,
      columns,
      cutoffs: all.length,
      compared: all.reduce((sum, c) => sum + c.rows, 0),
      atCutoff: all.reduce((sum, c) => sum + c.atCutoff, 0),
      shown: await shownOf(session, seen.value, feature, columns, laneOf(bookkeeping, 1)),
      builtDiffering: await builtDiffering(session, feature, builtAt(feature.node)),
    });
  }
  return ok(undefined);
};

/** The build that showed most of it is made once more: what others were built since then stands in its place. */
const shownOf = async (
  session: Session,
  { stage, probed }: Seen,
  feature: ReadRelation,
  verdicts: readonly ColumnVerdict[],
  schema: string,
): Promise<ShownLeak | undefined> => {
  const { node } = feature;
  const leaking = new Set(verdicts.flatMap((v) => (v.verdict === "leak" ? [v.column] : [])));
  const at = worstOf(probed, feature, leaking);
  const found = at?.features.get(node.id);
  if (at === undefined || found === undefined) return undefined;
  const above = stage.above(node.id);
  const models = stage.models.filter((m) => stage.affected.has(m.id) && (m.id === node.id || above.has(m.id)));
  const mask = { kind: found.kind, seed: found.seed, cutoff: at.cutoff, only: undefined };
  const world = await buildScene(stage, session, { schema, mask, carriers: undefined, models, given: new Map() });
  const other = world.relations.get(node.id);
  if (other === undefined) return undefined;
  const differing = new Set([...leaking].filter((column) => differsAt(found.compared, column)));
  const names = [...differing].flatMap((column) => column ?? []);
  const rows = differing.has(undefined) ? ["full_build", "future_unknown"] : [];
  return {
    query: differingRows({ ...feature, other, cutoff: at.cutoff, upTo: "at", sample: undefined }, differing),
    tested: [...rows, ...names.flatMap((name) => [name, unknownName(name)])],
    compared: found.compared.rows,
  };
};

const differsAt = (compared: Compared, column: string | undefined): boolean => differingOf(compared).has(column);

/** Where most columns leak; of those, where most rows do; of several the last. */
const worstOf = (
  probed: readonly Probed[],
  { node }: ReadRelation,
  leaking: ReadonlySet<string | undefined>,
): Probed | undefined => {
  const weight = (p: Probed): readonly [number, number] => {
    const compared = p.features.get(node.id)?.compared;
    if (compared === undefined) return [0, 0];
    const columns = [...leaking].filter((column) => differsAt(compared, column));
    const rows = columns.map((c) =>
      c === undefined ? compared.missing.before + compared.extra.before : (compared.differing.get(c) ?? 0),
    );
    return [columns.length, Math.max(0, ...rows)];
  };
  const [worst] = [...probed]
    .reverse()
    .map((p) => ({ p, weight: weight(p) }))
    .filter(({ weight: [columns] }) => columns > 0)
    .sort((a, b) => b.weight[0] - a.weight[0] || b.weight[1] - a.weight[1]);
  return worst?.p;
};

const builtDiffering = async (
  session: Session,
  feature: ReadRelation,
  other: RelationName | undefined,
): Promise<number | undefined> => {
  if (other === undefined || !feature.hasKey) return undefined;
  const compared = await compare(session, { ...feature, other, cutoff: undefined, upTo: "at", sample: undefined });
  const { missing, extra, differing } = compared;
  return missing.before + extra.before + Math.max(0, ...differing.values());
};
