/** From all that was seen to a verdict for each column of each feature; what differs is explained first. */
import type { Session } from "../../../domain/contracts/database.ts";
import type { ColumnVerdict, LeakFinding } from "../../../domain/leakage.ts";
import type { NodeId } from "../../../domain/names.ts";
import { relationKey } from "../../../domain/names.ts";
import { MASK, personalColumns } from "../../../domain/personal.ts";
import { type Compared, compare, sampleOf } from "./compare.ts";
import { differingOf, type Explained, explain } from "./explain.ts";
import { carrierText } from "./masked-source.ts";
import { cutoffText } from "./moments.ts";
import { laneOf } from "./places.ts";
import type { Probed } from "./probe.ts";
import type { Seen } from "./prove.ts";
import type { ReadRelation } from "./read-relation.ts";
import { signOf } from "./sign-of.ts";
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
  if (leaking.length > 0) tell(`${relationKey(node.relation)} differs: looking for where that begins`);
  const rows = leaking.find((l) => l.column === undefined);
  const needsOutcome = rows !== undefined && (await onlyNeedsOutcome(session, seen, feature, rows, bookkeeping));
  const leaks = leaking.filter((l) => l.column !== undefined || !needsOutcome);
  const findings = await findingsOf(session, seen, feature, leaks, bookkeeping);
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

type Leak = { readonly column: Column; readonly worst: Probed; readonly differing: number };

/** Each column that differs anywhere, with the cut-off at which it differs most; of several the last. */
const leaksOf = (probed: readonly Probed[], { node, columns }: ReadRelation): readonly Leak[] => {
  const differingAt = (p: Probed, column: Column): number => {
    const compared = p.features.get(node.id)?.compared;
    if (compared === undefined) return 0;
    return column === undefined ? rowsOf(compared) : (compared.differing.get(column) ?? 0);
  };
  return [undefined, ...columns.map((c) => c.name)].flatMap((column): Leak[] => {
    const [worst] = [...probed].reverse().sort((a, b) => differingAt(b, column) - differingAt(a, column));
    const differing = worst === undefined ? 0 : differingAt(worst, column);
    return worst === undefined || differing === 0 ? [] : [{ column, worst, differing }];
  });
};

const rowsOf = ({ missing, extra }: Compared): number => missing.before + missing.at + extra.before + extra.at;

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

const findingsOf = async (
  session: Session,
  seen: Seen,
  feature: ReadRelation,
  leaks: readonly Leak[],
  bookkeeping: string,
): Promise<ReadonlyMap<Column, LeakFinding>> => {
  const findings = new Map<Column, LeakFinding>();
  const lanes = { hide: laneOf(bookkeeping, 1), change: laneOf(bookkeeping, 2), between: laneOf(bookkeeping, 3) };
  const left = new Map(leaks.map((l) => [l.column, l]));
  while (left.size > 0) {
    const [worst] = byCommon([...left.values()]);
    if (worst === undefined) break;
    const at = worst.features.get(feature.node.id);
    if (at === undefined) break;
    const here = differingOf(at.compared);
    const group = [...left.values()].filter((l) => here.has(l.column));
    const columns = new Set(group.map((l) => l.column));
    const request = { feature, columns, cutoff: worst.cutoff, found: at, lanes, isStable: stability(session, seen) };
    const explained = await explain(seen.stage, session, request);
    for (const { column } of group) {
      left.delete(column);
      const found = explained.get(column);
      const shown = found?.sample ?? (await mixedSample(session, seen, feature, worst, at, column, lanes.between));
      findings.set(
        column,
        await findingOf(seen, feature, { column, probed: worst, compared: at.compared, found, shown }),
      );
    }
  }
  return findings;
};

/** The cut-off at which most of them differ first. */
const byCommon = (leaks: readonly Leak[]): readonly Probed[] => {
  const votes = new Map<Probed, number>();
  for (const { worst } of leaks) votes.set(worst, (votes.get(worst) ?? 0) + 1);
  return [...votes].sort((a, b) => b[1] - a[1]).map(([probed]) => probed);
};

/** Hidden or changed alone it may not show; then the build that showed it is made once more. */
const mixedSample = async (
  session: Session,
  { stage }: Seen,
  feature: ReadRelation,
  { cutoff }: Probed,
  { kind, seed }: { readonly kind: "hide" | "change" | "mixed"; readonly seed: number },
  column: Column,
  schema: string,
) => {
  const models = stage.models.filter((m) => stage.affected.has(m.id));
  const mask = { kind, cutoff, seed, only: undefined };
  const world = await buildScene(stage, session, { schema, mask, carriers: undefined, models, given: new Map() });
  const other = world.relations.get(feature.node.id);
  const of = feature.columns.find((c) => c.name === column);
  return other && sampleOf(session, { ...feature, other, cutoff, upTo: "at", sample: undefined }, of);
};

const stability =
  (session: Session, { twin }: Seen) =>
  async (read: ReadRelation, column: string): Promise<boolean> => {
    const other = twin?.relations.get(read.node.id);
    if (other === undefined || !read.hasKey) return true;
    const columns = read.columns.filter((c) => c.name === column);
    const compared = await compare(session, {
      ...read,
      columns,
      other,
      cutoff: undefined,
      upTo: "at",
      sample: undefined,
    });
    return !compared.differing.has(column);
  };

type Found = {
  readonly column: Column;
  readonly probed: Probed;
  readonly compared: Compared;
  readonly found: Explained | undefined;
  readonly shown: Awaited<ReturnType<typeof sampleOf>>;
};

const findingOf = async (
  { stage }: Seen,
  feature: ReadRelation,
  { column, probed, compared, found, shown }: Found,
): Promise<LeakFinding> => {
  const [start] = found?.startsIn ?? [];
  const startNode = start?.node ?? feature.node;
  const personal = personalColumns(feature.node);
  const masked = (of: Column, value: string | null): string | null =>
    value !== null && of !== undefined && personal.has(of) ? MASK : value;
  return {
    cutoff: cutoffText(probed.cutoff),
    differing: column === undefined ? rowsOf(compared) : (compared.differing.get(column) ?? 0),
    compared: compared.rows,
    key: (shown?.key ?? []).map(({ column: of, value }) => ({ column: of, value: masked(of, value) })),
    time: shown?.time ?? "",
    full: masked(column, shown?.full ?? null),
    probed: masked(column, shown?.other ?? null),
    startsIn: (found?.startsIn ?? []).flatMap(({ node, columns }) => {
      const name = relationKey(node.relation);
      return columns.length === 0 ? [`${name} (its rows)`] : columns.map((c) => `${name}.${c}`);
    }),
    equalAbove: (found?.equalAbove ?? []).map((m) => m.name),
    carriers: (found?.carriers.carriers ?? []).map((c) => {
      const source = stage.manifest.nodes.get(c.source);
      return carrierText(source?.kind === "source" ? source : undefined, c);
    }),
    carriedBy: found?.carriers.carriedBy ?? "each",
    seenBy: found?.seenBy ?? [],
    looksLike: await signOf(
      stage,
      startNode.id,
      startNode.id === feature.node.id ? column : (start?.columns[0] ?? column),
      startNode.config.eventTime,
    ),
  };
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
