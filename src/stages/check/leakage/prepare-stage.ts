/** Copies what the features read into the base schema, finds out what of it can be masked, and builds all models on it. */
import type { Database, Session } from "../../../domain/contracts/database.ts";
import { DatabaseError } from "../../../domain/contracts/database.ts";
import { databaseDiagnostic } from "../../../domain/database-diagnostic.ts";
import { type Diagnostic, errorOf, failed, type Outcome, ok } from "../../../domain/diagnostic.ts";
import { isTest, type Manifest, type ModelNode, type Node, type RelationNode } from "../../../domain/manifest.ts";
import type { NodeId, RelationName } from "../../../domain/names.ts";
import { joinSql, literal, relation, type Sql, sql, textOf } from "../../../domain/sql.ts";
import { reach } from "../../../lib/dag.ts";
import { readKey } from "../known/read-columns.ts";
import type { PlacedSource } from "../known/ruled-source.ts";
import { type BuiltWorld, buildWorld, copiedIndexes } from "./build-world.ts";
import { placeIn } from "./places.ts";
import { readSources } from "./read-sources.ts";
import { type CompileModels, modelsMade, type Stage } from "./stage.ts";

export type StageRequest = {
  readonly manifest: Manifest;
  readonly database: Database;
  readonly features: readonly ModelNode[];
  readonly schema: string;
  readonly schemas: readonly string[];
  readonly compile: CompileModels;
  readonly clear: Stage["clear"];
  /** Where a seed or a snapshot is to be copied from, and where a run has built what it has. */
  readonly standsAt: (node: RelationNode) => RelationName;
};

export type Prepared = { readonly stage: Stage; readonly built: BuiltWorld };

export const prepareStage = async (session: Session, request: StageRequest): Promise<Outcome<Prepared>> => {
  const { manifest, features, schema, compile, schemas } = request;
  await request.clear(session, schema);
  const above = (id: NodeId): ReadonlySet<NodeId> =>
    new Set(reach(manifest.parents.get(id) ?? [], (n) => manifest.parents.get(n) ?? []).keys());
  const wanted = new Set(features.flatMap((f) => [f.id, ...above(f.id)]));
  const nodes = manifest.order.flatMap((id) => (wanted.has(id) ? (manifest.nodes.get(id) ?? []) : []));
  const copies = await copyAll(session, nodes, request);
  if (!copies.ok) return copies;
  const { places, sources, indexes } = copies.value;
  const masked = await readSources(session, sources);
  if (!masked.ok) return masked;
  const models = nodes.flatMap((n) => (n.kind === "model" && n.config.materialized !== "ephemeral" ? [n] : []));
  const below = reach(
    masked.value.map((s) => s.node),
    (id) => manifest.children.get(id) ?? [],
  );
  const before = { manifest, base: places, compile, models };
  const compiled = await modelsMade(before, { schema, models }, new Map());
  if (!compiled.ok) return compiled;
  const made = compiled.value;
  const built = await buildWorld(session, made, schemas);
  const wrong = [...new Set(built.failed.values())];
  if (wrong.length > 0) return failed(...wrong);
  const stage: Stage = {
    ...request,
    models,
    masked: masked.value,
    queries: new Map(made.map((m) => [m.node, m.query])),
    base: new Map([...places, ...built.relations]),
    affected: new Set(models.flatMap((m) => (below.has(m.id) ? [m.id] : []))),
    above,
    copiedIndexes: (source, copy) => indexes.get(source)?.(copy) ?? [],
  };
  return ok({ stage, built });
};

type Copies = {
  readonly places: ReadonlyMap<NodeId, RelationName>;
  readonly sources: readonly PlacedSource[];
  readonly indexes: ReadonlyMap<NodeId, (copy: RelationName) => readonly Sql[]>;
};

/** All that is read and not built: nothing outside the check's schemas is looked at from here on. */
const copyAll = async (
  session: Session,
  nodes: readonly Node[],
  { schema, manifest, standsAt }: StageRequest,
): Promise<Outcome<Copies>> => {
  const parents = nodes.flatMap((n) => (n.kind === "source" ? parentOf(n, manifest) : []));
  const all = [...new Map([...nodes, ...parents].map((n) => [n.id, n])).values()];
  const places = new Map<NodeId, RelationName>();
  const sources: PlacedSource[] = [];
  const indexes = new Map<NodeId, (copy: RelationName) => readonly Sql[]>();
  const found: Diagnostic[] = [];
  for (const node of all) {
    if (node.kind === "model" || isTest(node)) continue;
    const copy = placeIn(schema, node.name);
    const from = standsAt(node);
    try {
      const missing = await session.rows(sql`select to_regclass(${literal(textOf(relation(from)))}) is null as gone`);
      if (missing[0]?.["gone"] === "t") {
        found.push(notThere(node));
        continue;
      }
      const read = await copiedIndexes(session, from);
      const own = (to: RelationName): readonly Sql[] => read.map((index) => index(to));
      const statements = [
        sql`create unlogged table ${relation(copy)} with (autovacuum_enabled = false) as select * from ${relation(from)}`,
        ...own(copy),
        sql`analyze ${relation(copy)}`,
      ];
      await session.run(joinSql(statements, sql`;\n`));
      indexes.set(node.id, own);
      places.set(node.id, copy);
      if (node.kind === "source") sources.push({ node, relation: copy, key: await readKey(session, node.relation) });
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error;
      found.push(databaseDiagnostic(error, "execute/sql-error", node.id, node.at));
    }
  }
  return found.length > 0 ? failed(...found) : ok({ places, sources, indexes });
};

/** A source's time may stand in a table that no model reads. */
const parentOf = (node: Extract<Node, { kind: "source" }>, manifest: Manifest): readonly Node[] => {
  const { parent } = node.config.availability;
  if (parent === undefined) return [];
  return [...manifest.nodes.values()].filter(
    (n) => n.kind === "source" && n.name === `${node.sourceName}.${parent.table.value}`,
  );
};

const notThere = (node: RelationNode): Diagnostic =>
  errorOf("check/no-past", `${node.id}: ${node.relation.schema}.${node.relation.name} is not there`, {
    at: node.at,
    help: node.kind === "source" ? "is it loaded on this target?" : "build it first: a check copies what stands",
  });
