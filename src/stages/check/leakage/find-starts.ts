/**
 * Columns of a feature that differ in; the models in which the difference begins out. Each is put in place of the base's
 * alone, and so are its columns, for what is built on it to say what they bring about.
 */
import type { Session } from "../../../domain/contracts/database.ts";
import type { ModelNode } from "../../../domain/manifest.ts";
import type { NodeId, RelationName } from "../../../domain/names.ts";
import { ident, joinSql, relation, type Sql, sql } from "../../../domain/sql.ts";
import type { Cutoff } from "../known/moments.ts";
import { readColumns } from "../known/read-columns.ts";
import type { BuiltWorld } from "./build-world.ts";
import { type Differing, differingIn } from "./differing.ts";
import { withTime } from "./infer-time.ts";
import { type ReadRelation, readRelation } from "./read-relation.ts";
import { buildScene, type Stage, standingOn } from "./stage.ts";

export type StartsRequest = {
  readonly feature: ReadRelation;
  readonly cutoff: Cutoff;
  /** A schema to build in what lies between. */
  readonly schema: string;
  /** Builds the same again from rows in another order: what differs there is no sign of a leak. */
  readonly isStable: (relation: ReadRelation, column: string) => Promise<boolean>;
};

export type Start = {
  readonly relation: ReadRelation;
  /** By column of the feature: those of the relation that bring its difference about, as far as they were told apart. */
  readonly brings: ReadonlyMap<string | undefined, Differing>;
  readonly equalAbove: readonly ModelNode[];
};

type Root = Pick<Start, "relation" | "equalAbove"> & { readonly columns: Differing };

/** More are not put in place one by one. */
const MOST_COLUMNS = 8;

/** The differing models with no differing model above them; a column that none of them brings about begins in the feature. */
export const findStarts = async (
  stage: Stage,
  session: Session,
  request: StartsRequest,
  columns: Differing,
  world: BuiltWorld,
): Promise<readonly Start[]> => {
  const { feature } = request;
  const { roots, equal } = await findRoots(stage, session, request, world);
  const starts: Start[] = [];
  const left = new Set(columns);
  for (const root of roots) {
    const place = world.relations.get(root.relation.node.id);
    if (place === undefined) continue;
    const brings = await broughtBy(stage, session, request, root, place, columns);
    for (const column of brings.keys()) left.delete(column);
    if (brings.size > 0) starts.push({ relation: root.relation, brings, equalAbove: root.equalAbove });
  }
  if (left.size === 0) return starts;
  const brings = new Map([...left].map((column) => [column, new Set([column])]));
  return [...starts, { relation: feature, brings, equalAbove: equalOf(stage, feature.node.id, equal) }];
};

const findRoots = async (
  stage: Stage,
  session: Session,
  { feature, cutoff, isStable }: StartsRequest,
  world: BuiltWorld,
): Promise<{ readonly roots: readonly Root[]; readonly equal: ReadonlySet<NodeId> }> => {
  const above = stage.above(feature.node.id);
  const roots: Root[] = [];
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
  return { roots, equal };
};

/**
 * Of the columns asked for, those that the root brings about, each by which of its own. What holds results at the cut-off
 * itself differs there by right: only the columns that differ where they must not are put in place.
 */
const broughtBy = async (
  stage: Stage,
  session: Session,
  { feature, cutoff, schema }: StartsRequest,
  root: Root,
  place: RelationName,
  columns: Differing,
): Promise<ReadonlyMap<string | undefined, Differing>> => {
  const { relation: read } = root;
  const above = stage.above(feature.node.id);
  const models = stage.models.filter(
    (m) => (m.id === feature.node.id || above.has(m.id)) && stage.above(m.id).has(read.node.id),
  );
  const by = async (given: RelationName | Sql): Promise<Differing> => {
    const scene = { schema, mask: undefined, carriers: undefined, models, given: new Map([[read.node.id, given]]) };
    const rebuilt = await buildScene(stage, session, scene);
    const differing = await differingIn(session, feature, rebuilt.relations.get(feature.node.id), cutoff);
    return new Set([...columns].filter((c) => differing.has(c)));
  };
  const own = [...root.columns].flatMap((c) => c ?? []);
  const canSwap = read.hasKey && own.length === root.columns.size;
  const names = (await readColumns(session, read.full)).map((c) => c.name);
  const together = await by(canSwap ? withColumnsOf(read, names, place, own) : place);
  const brings = new Map([...together].map((column) => [column, root.columns]));
  if (!canSwap || own.length === 1 || own.length > MOST_COLUMNS || together.size === 0) return brings;
  const alone = new Map<string | undefined, Set<string | undefined>>();
  for (const column of own)
    for (const brought of await by(withColumnsOf(read, names, place, [column])))
      alone.set(brought, (alone.get(brought) ?? new Set()).add(column));
  return new Map([...brings, ...[...alone].filter(([column]) => brings.has(column))]);
};

/** The base's rows, with these columns as they are in the other build, where that has the row. */
const withColumnsOf = (
  { full, key }: ReadRelation,
  names: readonly string[],
  other: RelationName,
  taken: readonly string[],
): Sql => {
  const same = key.map((name) => sql`o.${ident(name)} = t.${ident(name)}`);
  const isThere = joinSql(same, sql` and `);
  const values = names.map((name) => {
    const [own, others] = [sql`t.${ident(name)}`, sql`o.${ident(name)}`];
    return taken.includes(name) ? sql`case when ${isThere} then ${others} else ${own} end as ${ident(name)}` : own;
  });
  return sql`select ${joinSql(values, sql`, `)} from ${relation(full)} as t left join ${relation(other)} as o on ${isThere}`;
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
