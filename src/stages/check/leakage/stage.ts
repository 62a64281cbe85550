/** What a check of leakage stands on: the built base, which sources can be masked, what hangs on them, and how to build more. */
import type { Database, Session } from "../../../domain/contracts/database.ts";
import { type Outcome, ok } from "../../../domain/diagnostic.ts";
import type { Manifest, ModelNode } from "../../../domain/manifest.ts";
import type { NodeId, RelationName } from "../../../domain/names.ts";
import type { Sql } from "../../../domain/sql.ts";
import { type BuiltWorld, buildWorld, indexesOf, type Made } from "./build-world.ts";
import { type Mask, maskedQuery } from "./mask.ts";
import type { Carrier, MaskedSource } from "./masked-source.ts";
import { placeIn } from "./places.ts";

/** The SQL of models where references mean these relations. */
export type CompileModels = (
  relations: ReadonlyMap<NodeId, RelationName>,
  nodes: readonly NodeId[],
) => Promise<Outcome<ReadonlyMap<NodeId, Sql>>>;

export type Stage = {
  readonly manifest: Manifest;
  readonly database: Database;
  readonly schemas: readonly string[];
  readonly compile: CompileModels;
  /** Empties a schema of the check, and makes sure that it is there. */
  readonly clear: (session: Session, schema: string) => Promise<void>;
  /** Models with a relation that the features stand on, and the features: parents first. */
  readonly models: readonly ModelNode[];
  readonly masked: readonly MaskedSource[];
  readonly copiedIndexes: (source: NodeId, copy: RelationName) => readonly Sql[];
  /** Of the models, in the base. */
  readonly queries: ReadonlyMap<NodeId, Sql>;
  /** Where all stands in the base. */
  readonly base: ReadonlyMap<NodeId, RelationName>;
  /** Models that read, through whatever stands between, something that is not known at once. */
  readonly affected: ReadonlySet<NodeId>;
  /** All that a node stands on, itself left out. */
  readonly above: (id: NodeId) => ReadonlySet<NodeId>;
};

export type Scene = {
  readonly schema: string;
  readonly mask: Mask | undefined;
  /** Undefined: all that is masked; else these of it alone. */
  readonly carriers: readonly Carrier[] | undefined;
  readonly models: readonly ModelNode[];
  /** What stands in place of the base's: a relation, or the rows of a query. */
  readonly given: ReadonlyMap<NodeId, RelationName | Sql>;
};

/** Sources as the mask shows them, and the models built on them, in a schema that is emptied first. */
export const buildScene = async (stage: Stage, session: Session, scene: Scene): Promise<BuiltWorld> => {
  await stage.clear(session, scene.schema);
  const { mask } = scene;
  const sources =
    mask === undefined ? [] : maskedIn(stage, scene).map((source) => sourceMade(stage, scene, source, mask));
  const given = [...scene.given].flatMap(([node, by]) => ("schema" in by ? [] : [givenMade(stage, scene, node, by)]));
  const places = new Map([
    ...[...scene.given].flatMap(([node, by]) => ("schema" in by ? [[node, by] as const] : [])),
    ...[...given, ...sources].map((made) => [made.node, made.relation] as const),
  ]);
  const built = compiledBefore(await modelsMade(stage, scene, places));
  return buildWorld(session, [...sources, ...given, ...built], stage.schemas);
};

const givenMade = ({ models }: Stage, { schema }: Scene, id: NodeId, query: Sql): Made => {
  const node = models.find((m) => m.id === id);
  const place = placeIn(schema, node?.name ?? id);
  const indexes = node === undefined ? [] : indexesOf(node, place);
  return { node: id, relation: place, query, kind: "table", indexes, settings: [], parents: [] };
};

/** Sources that nothing of the scene reads are not made. */
const maskedIn = ({ masked, manifest }: Stage, { carriers, models }: Scene): readonly MaskedSource[] => {
  const read = new Set(models.flatMap((m) => standingOn(manifest, m.id)));
  const isMasked = ({ node }: MaskedSource): boolean =>
    carriers === undefined || carriers.some((c) => c.source === node);
  return masked.filter((s) => read.has(s.node) && isMasked(s));
};

const sourceMade = (stage: Stage, { schema, carriers }: Scene, source: MaskedSource, mask: Mask): Made => {
  const relation = placeIn(schema, source.name);
  const only = carriers && new Set(carriers.filter((c) => c.source === source.node).map((c) => c.column));
  return {
    node: source.node,
    relation,
    query: maskedQuery(source, { ...mask, only }),
    kind: "table",
    indexes: stage.copiedIndexes(source.node, relation),
    settings: [],
    parents: [],
  };
};

export const modelsMade = async (
  stage: Pick<Stage, "manifest" | "base" | "compile" | "models">,
  { schema, models }: Pick<Scene, "schema" | "models">,
  others: ReadonlyMap<NodeId, RelationName>,
): Promise<Outcome<readonly Made[]>> => {
  const { manifest, base, compile } = stage;
  const own = models.map((m) => [m.id, placeIn(schema, m.name)] as const);
  const relations = new Map([...base, ...others, ...own]);
  const compiled = await compile(
    relations,
    models.map((m) => m.id),
  );
  if (!compiled.ok) return compiled;
  const queries = compiled.value;
  const read = new Set(stage.models.flatMap((m) => standingOn(manifest, m.id)));
  const made = models.flatMap((node): Made[] => {
    const query = queries.get(node.id);
    const relation = relations.get(node.id);
    if (query === undefined || relation === undefined) return [];
    const isView = node.config.materialized === "view" && node.config.known !== "before";
    return [
      {
        node: node.id,
        relation,
        query,
        kind: isView ? "view" : "table",
        indexes: isView || !read.has(node.id) ? [] : indexesOf(node, relation),
        settings: node.config.settings,
        parents: standingOn(manifest, node.id),
      },
    ];
  });
  return ok(made);
};

/** Of a query that compiled in the base. */
export const compiledBefore = (made: Outcome<readonly Made[]>): readonly Made[] => {
  if (!made.ok) throw new Error(`a query that compiled once no longer does: ${made.diagnostics[0]?.message}`);
  return made.value;
};

/** Parents, and of ephemeral ones their own. */
export const standingOn = (manifest: Manifest, id: NodeId): readonly NodeId[] =>
  (manifest.parents.get(id) ?? []).flatMap((parent) => {
    const node = manifest.nodes.get(parent);
    return node?.kind === "model" && node.config.materialized === "ephemeral" ? standingOn(manifest, parent) : [parent];
  });
