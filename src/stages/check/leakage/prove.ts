/**
 * The order of a proof: the full build and its twin, the cut-offs, one mixed build for each of them side by side, then
 * what was found explained. Features in; a verdict for each of their columns, and what it rests on, out.
 */
import type { Session } from "../../../domain/contracts/database.ts";
import { type Diagnostic, errorOf, failed, type Outcome, ok } from "../../../domain/diagnostic.ts";
import type { LeakCoverage } from "../../../domain/leakage.ts";
import type { NodeId } from "../../../domain/names.ts";
import { literal, relation, sql } from "../../../domain/sql.ts";
import { type Cutoff, commonMembers } from "../known/moments.ts";
import { beyondFixtures } from "./beyond-fixtures.ts";
import { type BuiltWorld, buildWorld } from "./build-world.ts";
import { chooseCutoffs, clockOf, namedCutoffs } from "./choose-cutoffs.ts";
import { compare } from "./compare.ts";
import { coverageOf } from "./coverage.ts";
import { differingOf } from "./differing.ts";
import { type Doubts, doubtsOf } from "./doubts.ts";
import { laneOf, MOST_LANES, placeIn, twinOf } from "./places.ts";
import { type Prepared, prepareStage, type StageRequest } from "./prepare-stage.ts";
import { type Probed, probeAt } from "./probe.ts";
import { type ReadRelation, readRelation } from "./read-relation.ts";
import { compiledBefore, modelsMade, type Stage } from "./stage.ts";

export type ProofRequest = StageRequest & {
  readonly bookkeeping: string;
  readonly threads: number;
  readonly seed: number;
  readonly cutoffs: number;
  /** Cut-offs that somebody names, in place of chosen ones. */
  readonly at: readonly string[];
  readonly share: number | undefined;
  /** `quick`: what a build has time for: a twin only where something differs, no look beyond fixtures. */
  readonly depth: "full" | "quick";
  readonly signal: AbortSignal;
  readonly clock: () => number;
  readonly tell: (message: string) => void;
};

/** All that was seen, of which verdicts are made. */
export type Seen = {
  readonly depth: ProofRequest["depth"];
  readonly stage: Stage;
  readonly features: readonly ReadRelation[];
  /** By feature, its columns that differ from build to build; `undefined` for its rows. */
  readonly unstable: ReadonlyMap<NodeId, ReadonlySet<string | undefined>>;
  readonly twin: BuiltWorld | undefined;
  readonly probed: readonly Probed[];
  readonly doubts: Doubts;
  readonly coverage: LeakCoverage;
};

export const prove = async (session: Session, request: ProofRequest): Promise<Outcome<Seen>> => {
  const { clock, tell, seed } = request;
  const startedAt = clock();
  const prepared = await prepareStage(session, request);
  if (!prepared.ok) return prepared;
  const { stage } = prepared.value;
  const features: ReadRelation[] = [];
  for (const node of request.features) {
    const full = stage.base.get(node.id);
    if (full !== undefined) features.push(await readRelation(session, node, full));
  }
  tell(`full build of ${counted(stage.models.length, "model")} beside live in ${seconds(clock() - startedAt)}`);
  const comparable = features.filter((f) => f.hasKey && f.rows > 0 && stage.affected.has(f.node.id));
  const wrong = wrongClocks(stage, comparable);
  if (wrong.length > 0) return failed(...wrong);
  const twinAt = clock();
  const early = request.depth === "quick" ? undefined : await buildTwin(stage, session, request);
  if (early !== undefined) tell(`twin over rows in another order in ${seconds(clock() - twinAt)}`);
  const cutoffs = await cutoffsOf(session, request, comparable, prepared.value);
  if (!cutoffs.ok) return cutoffs;
  const probesAt = clock();
  const probed = await probeAll(stage, request, comparable, cutoffs.value);
  if (probed.length > 0)
    tell(
      `${counted(probed.length, "cut-off")} rebuilt in ${seconds(clock() - probesAt)}, ${seconds((clock() - probesAt) / probed.length)} each`,
    );
  const twin = early ?? (areDiffering(probed) ? await buildTwin(stage, session, request) : undefined);
  const unstable = twin === undefined ? new Map() : await unstableIn(session, features, twin);
  const beyond =
    request.depth === "quick"
      ? []
      : await beyondFixtures(stage, session, comparable, cutoffs.value, laneOf(request.bookkeeping, 1), probed);
  const doubts = await doubtsOf(session, stage, features, [prepared.value.built, ...probed]);
  return ok({
    depth: request.depth,
    stage,
    features,
    unstable,
    twin,
    probed,
    doubts,
    coverage: coverageOf(stage, probed, { beyond, seed, share: request.share }),
  });
};

const areDiffering = (probed: readonly Probed[]): boolean =>
  probed.some((p) => [...p.features.values()].some(({ compared }) => differingOf(compared).size > 0));

/** Copies in random order: the same plan over the same pages would repeat what depends on the order of rows. */
const buildTwin = async (stage: Stage, session: Session, { bookkeeping, seed }: ProofRequest): Promise<BuiltWorld> => {
  const schema = twinOf(bookkeeping);
  await stage.clear(session, schema);
  const isModel = new Set(stage.models.map((m) => m.id));
  const copies = [...stage.base].filter(([id]) => !isModel.has(id));
  const made = copies.map(([id, from]) => {
    const place = placeIn(schema, from.name);
    return {
      node: id,
      relation: place,
      query: sql`select * from ${relation(from)} order by hashtextextended(ctid::text, ${literal(seed)})`,
      kind: "table" as const,
      indexes: stage.copiedIndexes(id, place),
      settings: [],
      parents: [],
    };
  });
  const sources = new Map(made.map((m) => [m.node, m.relation]));
  const models = compiledBefore(await modelsMade(stage, { schema, models: stage.models }, sources));
  return buildWorld(session, [...made, ...models], stage.schemas);
};

const unstableIn = async (
  session: Session,
  features: readonly ReadRelation[],
  twin: BuiltWorld,
): Promise<ReadonlyMap<NodeId, ReadonlySet<string | undefined>>> => {
  const unstable = new Map<NodeId, ReadonlySet<string | undefined>>();
  for (const feature of features.filter((f) => f.hasKey)) {
    const other = twin.relations.get(feature.node.id);
    if (other === undefined) continue;
    const compared = await compare(session, { ...feature, other, cutoff: undefined, upTo: "at", sample: undefined });
    unstable.set(feature.node.id, differingOf(compared));
  }
  return unstable;
};

const cutoffsOf = async (
  session: Session,
  request: ProofRequest,
  features: readonly ReadRelation[],
  { stage }: Prepared,
): Promise<Outcome<readonly Cutoff[]>> => {
  if (features.length === 0) return ok([]);
  if (request.at.length > 0) return namedCutoffs(request.at, clockOf(features));
  const scratch = placeIn(request.schema, "galley: instants");
  const { cutoffs: count, seed } = request;
  return ok(await chooseCutoffs(session, { features, sources: stage.masked, count, seed, scratch }));
};

/** As many side by side as there are threads; the order of the answers is that of the cut-offs. */
const probeAll = async (
  stage: Stage,
  { bookkeeping, threads, seed, share, signal }: ProofRequest,
  features: readonly ReadRelation[],
  cutoffs: readonly Cutoff[],
): Promise<readonly Probed[]> => {
  const probed: (Probed | undefined)[] = cutoffs.map(() => undefined);
  const waiting = cutoffs.map((cutoff, i) => ({ cutoff, i }));
  const sample = share === undefined ? undefined : { share, seed };
  const lane = async (number: number): Promise<void> => {
    await stage.database.withSession("model", async (session) => {
      for (let next = waiting.shift(); next !== undefined && !signal.aborted; next = waiting.shift()) {
        const { cutoff, i } = next;
        probed[i] = await probeAt(stage, session, {
          schema: laneOf(bookkeeping, number),
          cutoff,
          seed,
          features,
          sample,
        });
      }
    });
  };
  const lanes = Math.min(threads, MOST_LANES, cutoffs.length);
  const ended = await Promise.allSettled(Array.from({ length: lanes }, (_, i) => lane(i + 1)));
  for (const end of ended) if (end.status === "rejected") throw end.reason;
  return probed.flatMap((p) => p ?? []);
};

const wrongClocks = (stage: Stage, features: readonly ReadRelation[]): readonly Diagnostic[] => {
  const clock = clockOf(features).map((t) => t.type);
  if (clock.length === 0) return [];
  const wrong = (node: NodeId, types: readonly string[]): readonly Diagnostic[] =>
    commonMembers(types, clock) !== undefined
      ? []
      : [
          errorOf("check/bad-time", `${node} keeps time as ${types.join(", ")}, the features as ${clock.join(", ")}`, {
            at: stage.manifest.nodes.get(node)?.at,
            help: "dates and timestamps can be compared with each other, numbers with each other; check features of another clock apart, with --select",
          }),
        ];
  return [
    ...features.flatMap((f) =>
      wrong(
        f.node.id,
        f.time.map((t) => t.type),
      ),
    ),
    ...stage.masked.flatMap((source) => {
      const rules = [source.rows, ...source.columns.flatMap((c) => c.rule ?? [])];
      const times = rules.flatMap((r) => (r.kind === "timed" ? [r.time.map((t) => t.type)] : []));
      return [...new Map(times.map((t) => [t.join(), t])).values()].flatMap((types) => wrong(source.node, types));
    }),
  ];
};

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;
const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
