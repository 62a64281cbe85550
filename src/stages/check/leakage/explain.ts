/**
 * Columns of a feature that differ at a cut-off in; per column where the difference begins, which columns of sources
 * carry it and which probe sees it out. Only what lies between is built again, with the cause alone in place of the base.
 */
import type { Session } from "../../../domain/contracts/database.ts";
import type { ModelNode } from "../../../domain/manifest.ts";
import type { NodeId, RelationName } from "../../../domain/names.ts";
import { ident, joinSql, relation, sql } from "../../../domain/sql.ts";
import type { BuiltWorld } from "./build-world.ts";
import { type Compared, compare, type SampleRow, sampleOf } from "./compare.ts";
import { type FoundCarriers, findCarriers, weakest } from "./find-carriers.ts";
import { withTime } from "./infer-time.ts";
import type { Mask, ProbeKind } from "./mask.ts";
import { type Cutoff, comparedTo } from "./moments.ts";
import { type ReadRelation, readRelation } from "./read-relation.ts";
import { buildScene, type Stage, standingOn } from "./stage.ts";

/** `undefined` stands for the rows themselves. */
export type Differing = ReadonlySet<string | undefined>;

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
    const starts = await findStarts(stage, session, request, left, world);
    for (const { start, columns: of } of starts) {
      const own = start.relation.node.id === feature.node.id;
      const carriers = await findCarriers(stage, session, {
        relation: start.relation,
        columns: own ? of : start.columns,
        mask: { cutoff, seed: found.seed, only: undefined },
        kinds: [
          kind,
          ...(kind === "change" && [...of].some((c) => seen.get("hide")?.has(c)) ? (["hide"] as const) : []),
        ],
        schema: lanes.between,
        differing: (other) => differingIn(session, start.relation, other, cutoff),
      });
      for (const column of of) {
        const before = explained.get(column);
        const carried = own ? carriers.of(column) : carriers.ofAny;
        explained.set(column, {
          startsIn: [
            ...(before?.startsIn ?? []),
            { node: start.relation.node, columns: own ? named(column) : namesOf(start.columns, column) },
          ],
          equalAbove: start.equalAbove,
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

type Start = {
  readonly relation: ReadRelation;
  /** Its own columns that differ. */
  readonly columns: Differing;
  readonly equalAbove: readonly ModelNode[];
};

/** The differing models with no differing model above them; a column that none of them brings about begins in the feature. */
const findStarts = async (
  stage: Stage,
  session: Session,
  { feature, cutoff, lanes, isStable }: ExplainRequest,
  columns: Differing,
  world: BuiltWorld,
): Promise<readonly { readonly start: Start; readonly columns: Differing }[]> => {
  const above = stage.above(feature.node.id);
  const roots: Start[] = [];
  const differing = new Set<NodeId>();
  const equal = new Set<NodeId>();
  for (const node of stage.models.filter((m) => above.has(m.id) && stage.affected.has(m.id))) {
    const full = stage.base.get(node.id);
    const other = world.relations.get(node.id);
    if (full === undefined || other === undefined) continue;
    const read = await withTime(session, stage, await readRelation(session, node, full));
    const found = await differingIn(session, read, other, cutoff);
    const stable = await stableOf(found, (column) => isStable(read, column));
    if (stable.size === 0) {
      equal.add(node.id);
      continue;
    }
    differing.add(node.id);
    if (![...stage.above(node.id)].some((id) => differing.has(id)))
      roots.push({ relation: read, columns: stable, equalAbove: equalOf(stage, node.id, equal) });
  }
  const starts: { start: Start; columns: Differing }[] = [];
  const left = new Set(columns);
  for (const root of roots) {
    const place = world.relations.get(root.relation.node.id);
    if (place === undefined) continue;
    const between = stage.models.filter(
      (m) => (m.id === feature.node.id || above.has(m.id)) && stage.above(m.id).has(root.relation.node.id),
    );
    const given = new Map<NodeId, RelationName>([[root.relation.node.id, place]]);
    const scene = { schema: lanes.between, mask: undefined, carriers: undefined, models: between, given };
    const rebuilt = await buildScene(stage, session, scene);
    const brought = await differingIn(session, feature, rebuilt.relations.get(feature.node.id), cutoff);
    const of = new Set([...columns].filter((c) => brought.has(c)));
    for (const column of of) left.delete(column);
    if (of.size > 0) starts.push({ start: root, columns: of });
  }
  const own: Start = { relation: feature, columns: left, equalAbove: equalOf(stage, feature.node.id, equal) };
  return left.size === 0 ? starts : [...starts, { start: own, columns: left }];
};

const equalOf = (stage: Stage, id: NodeId, equal: ReadonlySet<NodeId>): readonly ModelNode[] => {
  const parents = new Set(standingOn(stage.manifest, id));
  return stage.models.filter((m) => parents.has(m.id) && equal.has(m.id));
};

const stableOf = async (found: Differing, isStable: (column: string) => Promise<boolean>): Promise<Differing> => {
  const stable = new Set<string | undefined>();
  for (const column of found) if (column === undefined || (await isStable(column))) stable.add(column);
  return stable;
};

/**
 * A feature up to the cut-off, what holds results before it, what keeps no time altogether. Rows without a key cannot be
 * paired: only that they are not the same is told.
 */
const differingIn = async (
  session: Session,
  read: ReadRelation,
  other: RelationName | undefined,
  cutoff: Cutoff,
): Promise<Differing> => {
  if (other === undefined) return new Set();
  if (!read.hasKey) return (await areSame(session, read, other, cutoff)) ? new Set() : new Set([undefined]);
  const upTo = read.isFeature ? "at" : "before";
  const compared = await compare(session, { ...read, other, cutoff, upTo, sample: undefined });
  return differingOf(compared);
};

export const differingOf = ({ differing, missing, extra }: Compared): Differing => {
  const rows = missing.before + missing.at + extra.before + extra.at;
  return new Set([...differing.keys(), ...(rows > 0 ? [undefined] : [])]);
};

const areSame = async (session: Session, read: ReadRelation, other: RelationName, cutoff: Cutoff): Promise<boolean> => {
  const texts = joinSql(
    read.columns.map((c) => sql`${ident(c.name)}::text`),
    sql`, `,
  );
  const time = read.time.map(({ name, type }) => ({ sql: ident(name), type }));
  const where = time.length === 0 ? sql`` : sql` where ${comparedTo(time, "<", cutoff)}`;
  const side = (name: RelationName) => sql`select ${texts} from ${relation(name)}${where}`;
  const both = (a: RelationName, b: RelationName) => sql`(${side(a)} except all ${side(b)})`;
  const [row] = await session.rows(
    sql`select exists (${both(read.full, other)}) or exists (${both(other, read.full)}) as differ`,
  );
  return row?.["differ"] === "f";
};
