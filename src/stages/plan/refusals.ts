/** What must not be begun: something of somebody else's in the way, something that would be lost, a right that is missing. */
import type { Catalog, CatalogRelation, Dependent } from "../../domain/catalog.ts";
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import { type BuiltNode, isBuilt, type Manifest } from "../../domain/manifest.ts";
import { parkingOf, relationKey, workspaceOf } from "../../domain/names.ts";
import { historyRefusals } from "./histories.ts";
import type { LiveReads } from "./live-reads.ts";
import type { PlanRequest } from "./request.ts";

export const refusals = (
  { manifest, catalog, foreign: found, absentSources }: PlanRequest,
  built: readonly BuiltNode[],
  /** Of these the ones that give way to a new relation; the others take new rows where they stand. */
  moved: readonly BuiltNode[],
  reads: LiveReads,
): readonly Diagnostic[] => {
  const replaced = new Set(moved.map((n) => relationKey(n.relation)));
  const nodeOf = new Map(moved.map((n) => [relationKey(n.relation), n]));
  const foreign = built.flatMap((node) => foreignRelation(catalog, manifest, node, found));
  // What is refused as foreign is not ours to replace, so what hangs on it is no news.
  const refused = new Set(foreign.map((f) => relationKey(f.relation)));
  const own = ownSchemas(manifest);
  const dependents = catalog.dependents.flatMap((d) => {
    const node = nodeOf.get(relationKey(d.on));
    // What stands in a workspace was left by an earlier run, and goes before this one builds.
    const isCarried = d.relation !== undefined && (replaced.has(relationKey(d.relation)) || own.has(d.relation.schema));
    return node === undefined || isCarried || refused.has(relationKey(d.on)) ? [] : [inTheWay(manifest, node, d)];
  });
  return [
    ...foreign.map((f) => f.diagnostic),
    ...historyRefusals(built, catalog),
    ...dependents,
    ...absent(manifest, catalog, reads)
      .filter(({ isSource }) => absentSources === "refused" || !isSource)
      .map((a) => a.diagnostic),
    ...missingRights(catalog, built, found),
  ];
};

/** The workspaces and parking places of the project. */
const ownSchemas = (manifest: Manifest): ReadonlySet<string> => {
  const schemas = new Set([...manifest.nodes.values()].filter(isBuilt).map((n) => n.relation.schema));
  return new Set([...schemas].flatMap((schema) => [workspaceOf(schema), parkingOf(schema)]));
};

const REPLACEABLE = new Set(["table", "view", "materialized view"]);

const foreignRelation = (catalog: Catalog, manifest: Manifest, node: BuiltNode, foreign: PlanRequest["foreign"]) => {
  const old = catalog.relations.get(relationKey(node.relation));
  if (old === undefined) return [];
  const recordedProject = old.recordedFor?.split(".")[1];
  const isOurs = recordedProject === manifest.projectName || foreign === "adopted";
  if (isOurs && REPLACEABLE.has(old.kind)) return [];
  return [{ relation: node.relation, diagnostic: foreignDiagnostic(node, old) }];
};

const foreignDiagnostic = (node: BuiltNode, old: CatalogRelation): Diagnostic => {
  const key = relationKey(node.relation);
  const whose = old.recordedFor === undefined ? "was not made by Galley" : `belongs to ${old.recordedFor}`;
  return errorOf("plan/foreign-relation", `the ${old.kind} ${key} ${whose} and is never replaced`, {
    at: node.at,
    help: `rename or drop it yourself, or give ${node.name} another schema or alias${REPLACEABLE.has(old.kind) ? "; --adopt makes it Galley's, and replaces it" : ""}`,
  });
};

const inTheWay = (manifest: Manifest, node: BuiltNode, dependent: Dependent): Diagnostic => {
  const owner = [...manifest.nodes.values()].find(
    (n) =>
      isBuilt(n) && dependent.relation !== undefined && relationKey(n.relation) === relationKey(dependent.relation),
  );
  const on = relationKey(node.relation);
  const what = `${dependent.kind} ${dependent.name}`;
  const help =
    owner === undefined
      ? `drop it before and make it again after the run, or leave the model out: --exclude ${node.name}`
      : `select it too: --select ${node.name} ${owner.name}, or all that follows: --select ${node.name}+`;
  return errorOf("plan/dependent-in-the-way", `${what} hangs on ${on}, which this run would replace`, {
    at: node.at,
    help,
  });
};

type Absent = { readonly isSource: boolean; readonly diagnostic: Diagnostic };

const absent = (manifest: Manifest, catalog: Catalog, { nodes }: LiveReads): readonly Absent[] =>
  nodes.flatMap((id) => {
    const node = manifest.nodes.get(id);
    if (node === undefined || node.kind === "data-test" || catalog.relations.has(relationKey(node.relation))) return [];
    const help =
      node.kind === "source"
        ? "run the migration that makes it, or correct the source's schema and name"
        : `build it first: galley build --select +${node.name}; or add ${node.name} to what is selected`;
    const message = `${id} is read by this run, and ${relationKey(node.relation)} is not there`;
    const diagnostic = errorOf("plan/absent-relation", message, { at: node.at, help });
    return [{ isSource: node.kind === "source", diagnostic }];
  });

const missingRights = (
  catalog: Catalog,
  built: readonly BuiltNode[],
  foreign: PlanRequest["foreign"],
): readonly Diagnostic[] => {
  const schemas = [...new Set(built.map((n) => n.relation.schema))].sort();
  const missing: Diagnostic[] = [];
  for (const schema of schemas) {
    for (const name of [schema, workspaceOf(schema), parkingOf(schema)]) {
      const found = catalog.schemas.get(name);
      if (found === undefined && !catalog.canCreateSchemas) {
        const help = `grant create on database ${catalog.database} to ${catalog.role}, or: create schema ${name} authorization ${catalog.role}`;
        missing.push(errorOf("plan/missing-right", `role ${catalog.role} cannot create schema ${name}`, { help }));
      } else if (found !== undefined && !found.canCreate) {
        const help = `grant create, usage on schema ${name} to ${catalog.role}`;
        missing.push(errorOf("plan/missing-right", `role ${catalog.role} cannot create in schema ${name}`, { help }));
      }
    }
  }
  for (const node of built) {
    const old = catalog.relations.get(relationKey(node.relation));
    if (old !== undefined && (old.recordedFor !== undefined || foreign === "adopted"))
      missing.push(...ownersRights(catalog, node, old));
  }
  return missing;
};

/** A replaced relation keeps its owner. */
const ownersRights = (catalog: Catalog, { relation, at }: BuiltNode, old: CatalogRelation): readonly Diagnostic[] => {
  const key = relationKey(relation);
  if (!old.isOwnerReachable) {
    const help = `grant ${old.owner} to ${catalog.role}: a replaced relation keeps its owner`;
    return [errorOf("plan/missing-right", `${key} belongs to ${old.owner}`, { at, help })];
  }
  // The role's own right to the schema was looked at already.
  if (old.canOwnerCreate || old.owner === catalog.role) return [];
  const help = `grant create on schema ${relation.schema} to ${old.owner}: a replaced relation keeps its owner`;
  const message = `${old.owner}, who owns ${key}, cannot create in schema ${relation.schema}`;
  return [errorOf("plan/missing-right", message, { at, help })];
};
