/** Columns of a feature that leak in; of each what is told of it: where it begins, what carries it, a row of it, what it looks like. */
import type { Session } from "../../../domain/contracts/database.ts";
import type { LeakFinding } from "../../../domain/leakage.ts";
import { relationKey } from "../../../domain/names.ts";
import { MASK, personalColumns } from "../../../domain/personal.ts";
import { cutoffText } from "../known/moments.ts";
import { type Compared, compare, sampleOf } from "./compare.ts";
import { differingOf } from "./differing.ts";
import { type Explained, explain } from "./explain.ts";
import { carrierText } from "./masked-source.ts";
import { laneOf } from "./places.ts";
import type { Probed } from "./probe.ts";
import type { Seen } from "./prove.ts";
import type { ReadRelation } from "./read-relation.ts";
import { signOf } from "./sign-of.ts";
import { buildScene } from "./stage.ts";

type Column = string | undefined;

export type Leak = { readonly column: Column; readonly worst: Probed; readonly differing: number };

/** Each column that differs anywhere, with the cut-off at which it differs most; of several the last. */
export const leaksOf = (probed: readonly Probed[], { node, columns }: ReadRelation): readonly Leak[] => {
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

export const rowsOf = ({ missing, extra }: Compared): number => missing.before + missing.at + extra.before + extra.at;

export const findingsOf = async (
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

/** Where and by what a difference comes about is not looked for. */
export const headsOf = async (
  seen: Seen,
  feature: ReadRelation,
  leaks: readonly Leak[],
): Promise<ReadonlyMap<Column, LeakFinding>> => {
  const findings = new Map<Column, LeakFinding>();
  for (const { column, worst: probed } of leaks) {
    const compared = probed.features.get(feature.node.id)?.compared;
    if (compared === undefined) continue;
    const nothing = { found: undefined, shown: undefined };
    findings.set(column, await findingOf(seen, feature, { column, probed, compared, ...nothing }));
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
