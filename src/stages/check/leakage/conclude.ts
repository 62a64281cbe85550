/** From all that was seen to a verdict for each column of each feature; what differs is explained first. */
import type { Session } from "../../../domain/contracts/database.ts";
import type { ColumnVerdict, LeakFinding } from "../../../domain/leakage.ts";
import type { NodeId } from "../../../domain/names.ts";
import { relationKey } from "../../../domain/names.ts";
import { cutoffText } from "../known/moments.ts";
import { compare } from "./compare.ts";
import { findingsOf, headsOf, type Leak, leaksOf, rowsOf } from "./findings.ts";
import { laneOf } from "./places.ts";
import type { Probed } from "./probe.ts";
import type { Seen } from "./prove.ts";
import type { ReadRelation } from "./read-relation.ts";
import { buildScene } from "./stage.ts";

type Column = string | undefined;

export const conclude = async (
  session: Session,
  seen: Seen,
  bookkeeping: string,
  tell: (message: string) => void,
): Promise<readonly ColumnVerdict[]> => {
  const verdicts: ColumnVerdict[] = [];
  for (const feature of seen.features)
    verdicts.push(...(await concludeOne(session, seen, feature, { bookkeeping, tell })));
  return verdicts;
};

const concludeOne = async (
  session: Session,
  seen: Seen,
  feature: ReadRelation,
  { bookkeeping, tell }: { readonly bookkeeping: string; readonly tell: (message: string) => void },
): Promise<readonly ColumnVerdict[]> => {
  const { node } = feature;
  const base = { node: node.id, relation: relationKey(node.relation), because: undefined, finding: undefined };
  const notAtAll = notComparable(feature);
  if (notAtAll !== undefined)
    return feature.columns.map(({ name }) => ({ ...base, column: name, verdict: "not-proved", because: notAtAll }));
  const unstable = seen.unstable.get(node.id) ?? new Set<Column>();
  const ruled = new Set<Column>(node.columns.filter((c) => c.isSurrogate).map((c) => c.name));
  const numbered = seen.doubts.get(node.id)?.readsSurrogate === true;
  const isLeftOut = (column: Column): boolean => numbered || unstable.has(column) || ruled.has(column);
  const leaking = leaksOf(seen.probed, feature).filter(({ column }) => !isLeftOut(column));
  if (leaking.length > 0 && seen.depth === "full")
    tell(`${relationKey(node.relation)} differs: looking for where that begins`);
  const rows = leaking.find((l) => l.column === undefined);
  const needsOutcome = rows !== undefined && (await onlyNeedsOutcome(session, seen, feature, rows, bookkeeping));
  const leaks = leaking.filter((l) => l.column !== undefined || !needsOutcome);
  const findings =
    seen.depth === "quick"
      ? await headsOf(seen, feature, leaks)
      : await findingsOf(session, seen, feature, leaks, bookkeeping);
  const doubts = [...(seen.doubts.get(node.id)?.reasons ?? []), ...failuresOf(seen.probed, node.id)];
  const told: Told = { seen, feature, unstable, ruled, findings, doubts };
  const hasRows = unstable.has(undefined) || needsOutcome || findings.has(undefined);
  return [...(hasRows ? [verdictOf(told, undefined)] : []), ...feature.columns.map((c) => verdictOf(told, c.name))];
};

/** What is known of a feature's columns when all has been looked at. */
type Told = {
  readonly seen: Seen;
  readonly feature: ReadRelation;
  readonly unstable: ReadonlySet<Column>;
  /** Declared surrogates. */
  readonly ruled: ReadonlySet<Column>;
  readonly findings: ReadonlyMap<Column, LeakFinding>;
  readonly doubts: readonly string[];
};

const verdictOf = ({ seen, feature, unstable, ruled, findings, doubts }: Told, column: Column): ColumnVerdict => {
  const { node } = feature;
  const finding = findings.get(column);
  const base = { node: node.id, relation: relationKey(node.relation), column, because: undefined, finding: undefined };
  if (ruled.has(column)) return { ...base, verdict: "not-proved", because: "it is declared a surrogate, and left out" };
  if (unstable.has(column))
    return { ...base, verdict: "unstable", because: "two builds from the same rows, in another order, differ" };
  if (finding !== undefined) return { ...base, verdict: "leak", finding };
  if (column === undefined) {
    const because = "rows at the cut-off itself are there only once their own outcome is";
    return { ...base, verdict: "needs-outcome", because };
  }
  if (doubts[0] !== undefined) return { ...base, verdict: "not-proved", because: doubts[0] };
  const isLabel = feature.columns.find((c) => c.name === column)?.known !== undefined;
  if (isLabel) return { ...base, verdict: "label" };
  const because = seen.stage.affected.has(node.id)
    ? notHidden(seen.probed, node.id)
    : "it reads nothing that becomes known later";
  return { ...base, verdict: "clean", because };
};

const notComparable = (feature: ReadRelation): string | undefined => {
  if (feature.rows === 0) return "it has no rows";
  if (feature.key.length === 0) return "it has no key, by which its rows could be compared";
  return feature.hasKey ? undefined : `its key (${feature.key.join(", ")}) does not tell its rows apart`;
};

/** Rows are missing at their own instant alone, and equal when outcomes are changed instead of hidden. */
const onlyNeedsOutcome = async (
  session: Session,
  { stage, probed }: Seen,
  feature: ReadRelation,
  { worst }: Leak,
  bookkeeping: string,
): Promise<boolean> => {
  const all = probed.flatMap((p) => p.features.get(feature.node.id)?.compared ?? []);
  if (all.some((c) => c.missing.before + c.extra.before > 0)) return false;
  const seed = worst.features.get(feature.node.id)?.seed ?? 0;
  const above = stage.above(feature.node.id);
  const world = await buildScene(stage, session, {
    schema: laneOf(bookkeeping, 1),
    mask: { kind: "change", cutoff: worst.cutoff, seed, only: undefined },
    carriers: undefined,
    models: stage.models.filter((m) => stage.affected.has(m.id) && (m.id === feature.node.id || above.has(m.id))),
    given: new Map(),
  });
  const other = world.relations.get(feature.node.id);
  if (other === undefined) return true;
  const compared = await compare(session, { ...feature, other, cutoff: worst.cutoff, upTo: "at", sample: undefined });
  return rowsOf(compared) === 0;
};

const failuresOf = (probed: readonly Probed[], feature: NodeId): readonly string[] =>
  probed.flatMap((p) => {
    const failure = p.failed.get(feature);
    return failure === undefined ? [] : [`at ${cutoffText(p.cutoff)} it could not be built: ${failure.message}`];
  });

/** Said beside `clean`, because it was looked at in part. */
const notHidden = (probed: readonly Probed[], feature: NodeId): string | undefined => {
  const kinds = probed.flatMap((p) => p.features.get(feature)?.kind ?? []);
  if (kinds.includes("change"))
    return "its SQL fails where outcomes are hidden: whether it knows that they exist was not tested";
  return kinds.includes("hide") ? "its SQL fails where outcomes are changed: they were hidden alone" : undefined;
};
