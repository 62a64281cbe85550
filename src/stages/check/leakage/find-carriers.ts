/** Where a difference begins in; which columns of sources, masked alone, bring it about: halves of halves, or all together. */
import type { Session } from "../../../domain/contracts/database.ts";
import type { RelationName } from "../../../domain/names.ts";
import type { Mask, ProbeKind } from "./mask.ts";
import { type Carrier, carriersOf } from "./masked-source.ts";
import type { ReadRelation } from "./read-relation.ts";
import { changedBy } from "./reading.ts";
import { buildScene, type Stage } from "./stage.ts";

/** `each` of them alone brings the difference about, `all` of them together, or `some`: they were told apart no further. */
export type FoundCarriers = { readonly carriers: readonly Carrier[]; readonly carriedBy: CarriedBy };

type CarriedBy = "each" | "all" | "some";

export type CarrierRequest = {
  readonly relation: ReadRelation;
  /** Its columns that differ; `undefined` for its rows. */
  readonly columns: ReadonlySet<string | undefined>;
  readonly mask: Omit<Mask, "kind">;
  /** The probes that have shown the difference, the sharper first. */
  readonly kinds: readonly ProbeKind[];
  readonly schema: string;
  readonly differing: (other: RelationName | undefined) => Promise<ReadonlySet<string | undefined>>;
};

/** A beginning is worth so many builds; what is not told apart by then is told as `some`. */
const MOST_BUILDS = 24;

export const findCarriers = async (
  stage: Stage,
  session: Session,
  request: CarrierRequest,
): Promise<{ readonly of: (column: string | undefined) => FoundCarriers; readonly ofAny: FoundCarriers }> => {
  const { node } = request.relation;
  const above = stage.above(node.id);
  const models = stage.models.filter((m) => stage.affected.has(m.id) && (m.id === node.id || above.has(m.id)));
  const changed = await changedBy(stage);
  const candidates = stage.masked
    .filter((s) => above.has(s.node))
    .flatMap(carriersOf)
    .filter((carrier) => changed(models, [carrier]).some((m) => m.id === node.id));
  const found = new Map<string | undefined, FoundCarriers>();
  const built = new Map<string, ReadonlySet<string | undefined>>();
  const builtBy = async (kind: ProbeKind, carriers: readonly Carrier[]): Promise<Differing | undefined> => {
    const key = JSON.stringify([kind, ...carriers.map((c) => [c.source, c.column])]);
    const before = built.get(key);
    if (before !== undefined || built.size >= MOST_BUILDS) return before;
    const scene = { schema: request.schema, mask: { ...request.mask, kind }, carriers, given: new Map() };
    const world = await buildScene(stage, session, { ...scene, models: changed(models, carriers) });
    const differing = await request.differing(world.relations.get(node.id));
    built.set(key, differing);
    return differing;
  };
  /** What other values leave as it was, as a win stays one by more points, nothing at all in their place may show. */
  const differsBy: DiffersBy = async (carriers, columns) => {
    const differing = new Set<string | undefined>();
    for (const kind of request.kinds) {
      const by = await builtBy(kind, carriers);
      if (by === undefined) return undefined;
      for (const column of by) differing.add(column);
      if ([...columns].every((c) => differing.has(c))) break;
    }
    return differing;
  };
  const note = (column: string | undefined, carriers: readonly Carrier[], carriedBy: CarriedBy): void => {
    const before = found.get(column);
    if (before === undefined) found.set(column, { carriers, carriedBy });
    // What was not tried may carry it too, beside what was found to.
    else if (carriedBy === "some" || before.carriedBy === "some")
      found.set(column, { carriers: [...before.carriers, ...carriers], carriedBy: "some" });
    else if (carriedBy === "each") {
      const alone = before.carriedBy === "each" ? before.carriers : [];
      found.set(column, { carriers: [...alone, ...carriers], carriedBy });
    }
  };
  // All halves before their quarters: when there are no more builds, each is told apart about as far.
  const waiting: { readonly carriers: readonly Carrier[]; readonly columns: Differing }[] = [
    { carriers: candidates, columns: request.columns },
  ];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { carriers, columns } = next;
    if (columns.size === 0 || carriers.length === 0) continue;
    if (carriers.length === 1) {
      for (const column of columns) note(column, carriers, "each");
      continue;
    }
    const middle = Math.ceil(carriers.length / 2);
    const alone = new Set<string | undefined>();
    let isCut = false;
    for (const half of [carriers.slice(0, middle), carriers.slice(middle)]) {
      const differs = await differsBy(half, columns);
      isCut = differs === undefined;
      if (differs === undefined) {
        for (const column of columns) note(column, alone.has(column) ? half : carriers, "some");
        break;
      }
      const of = new Set([...columns].filter((c) => differs.has(c)));
      for (const column of of) alone.add(column);
      waiting.push({ carriers: half, columns: of });
    }
    for (const column of isCut ? [] : columns)
      if (!alone.has(column)) note(column, await fewest(carriers, column, differsBy), "all");
  }
  const none: FoundCarriers = { carriers: [], carriedBy: "each" };
  const inOrder = ({ carriers, carriedBy }: FoundCarriers): FoundCarriers => ({
    carriers: candidates.filter((c) => carriers.includes(c)),
    carriedBy,
  });
  const all = [...found.values()];
  const distinct = new Map(all.flatMap((f) => f.carriers).map((c) => [`${c.source}\0${c.column}`, c]));
  return {
    of: (column) => sharpened(inOrder(found.get(column) ?? none)),
    ofAny: {
      carriers: sharpened(inOrder({ carriers: [...distinct.values()], carriedBy: "each" })).carriers,
      carriedBy: weakest(all.map((f) => f.carriedBy)),
    },
  };
};

export const weakest = (kinds: readonly CarriedBy[]): CarriedBy =>
  (["some", "all"] as const).find((kind) => kinds.includes(kind)) ?? "each";

type Differing = ReadonlySet<string | undefined>;

/** Which of these columns differ by these carriers, and maybe others. Undefined: it would be one build too many. */
type DiffersBy = (carriers: readonly Carrier[], columns: Differing) => Promise<Differing | undefined>;

/** Where columns of a source carry it, that its rows do as well says nothing more. */
const sharpened = ({ carriers, carriedBy }: FoundCarriers): FoundCarriers => ({
  carriers: carriers.filter(
    (c) => c.column !== undefined || !carriers.some((o) => o.source === c.source && o.column !== undefined),
  ),
  carriedBy,
});

/** Takes away what the difference does not need. */
const fewest = async (
  carriers: readonly Carrier[],
  column: string | undefined,
  differsBy: DiffersBy,
): Promise<readonly Carrier[]> => {
  let kept = carriers;
  if (carriers.length > 8) return kept;
  for (const carrier of carriers) {
    const without = kept.filter((c) => c !== carrier);
    if (without.length > 0 && (await differsBy(without, new Set([column])))?.has(column) === true) kept = without;
  }
  return kept;
};
