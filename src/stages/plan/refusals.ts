/** What must not be begun: something of somebody else's in the way, something that would be lost, a right that is missing. */
import type { Catalog, CatalogRelation } from "../../domain/catalog.ts";
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import { type BuiltNode, isTest, type Manifest } from "../../domain/manifest.ts";
import { parkingOf, relationKey, workspaceOf } from "../../domain/names.ts";
import { grantRefusals } from "./grants.ts";
import { historyRefusals } from "./histories.ts";
import type { LiveReads } from "./live-reads.ts";
import type { PlanRequest } from "./request.ts";

export const refusals = (
  request: PlanRequest,
  built: readonly BuiltNode[],
  reads: LiveReads,
): readonly Diagnostic[] => {
  const { manifest, catalog, foreign, absentSources } = request;
  return [
    ...foreignRelations(request, built).map((f) => f.diagnostic),
    ...historyRefusals(built, catalog),
    ...absent(manifest, catalog, reads)
      .filter(({ isSource }) => absentSources === "refused" || !isSource)
      .map((a) => a.diagnostic),
    ...missingRights(catalog, built, foreign),
    ...grantRefusals(built, catalog),
  ];
};

/** What stands under a model's name and is not Galley's to replace. */
export const foreignRelations = ({ catalog, manifest, foreign }: PlanRequest, built: readonly BuiltNode[]) =>
  built.flatMap((node) => foreignRelation(catalog, manifest, node, foreign));

const REPLACEABLE = new Set(["table", "partitioned table", "view", "materialized view"]);

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

type Absent = { readonly isSource: boolean; readonly diagnostic: Diagnostic };

const absent = (manifest: Manifest, catalog: Catalog, { nodes }: LiveReads): readonly Absent[] =>
  [...nodes].flatMap(([id, reader]) => {
    const node = manifest.nodes.get(id);
    if (node === undefined || isTest(node) || catalog.relations.has(relationKey(node.relation))) return [];
    const help =
      node.kind === "source"
        ? "run the migration that makes it, or correct the source's schema and name"
        : `build it first: galley build --select +${node.name}; or add ${node.name} to what is selected`;
    const message = `${id} is read by ${reader}, and ${relationKey(node.relation)} is not there`;
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
