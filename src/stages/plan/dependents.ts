/** What hangs on the relations that a run replaces: what publish carries over to the new ones, and what it must refuse. */
import type { Dependent } from "../../domain/catalog.ts";
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import { type BuiltNode, isBuilt, type Manifest } from "../../domain/manifest.ts";
import { parkingsOf, type RelationName, relationKey, workspaceOf } from "../../domain/names.ts";
import type { CarriedThing } from "../../domain/publish-plan.ts";
import type { PlanRequest } from "./request.ts";

type PlannedDependents = {
  readonly carried: readonly CarriedThing[];
  readonly diagnostics: readonly Diagnostic[];
};

/** `notOurs`: relations that are refused as foreign; what hangs on them is no news. */
export const planDependents = (
  request: PlanRequest,
  built: readonly BuiltNode[],
  notOurs: ReadonlySet<string>,
): PlannedDependents => {
  const { manifest, catalog } = request;
  const replaced = new Set(built.map((n) => relationKey(n.relation)));
  const own = new Set(scaffoldingOf(manifest));
  // What stands in a workspace was left by an earlier run, and goes before this one builds.
  const outside = catalog.dependents.filter(
    ({ relation }) => relation === undefined || !(replaced.has(relationKey(relation)) || own.has(relation.schema)),
  );
  const beneath = rebuiltFor(
    outside,
    built.filter((n) => !notOurs.has(relationKey(n.relation))),
  );
  const carried: CarriedThing[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const dependent of outside) {
    const node = beneath.get(relationKey(dependent.on));
    if (node === undefined) continue;
    const how = howCarried(dependent, replaced);
    const refused = how === undefined ? [inTheWay(manifest, node, dependent)] : refusalsOf(request, node, dependent);
    if (how !== undefined && refused.length === 0)
      carried.push({ on: dependent.on, kind: dependent.kind, name: dependent.name, how });
    diagnostics.push(...refused);
  }
  return { carried, diagnostics };
};

/** The workspaces and parking places of the project. */
export const scaffoldingOf = (manifest: Manifest): readonly string[] => {
  const schemas = new Set([...manifest.nodes.values()].filter(isBuilt).map((n) => n.relation.schema));
  return [...schemas].sort().flatMap((schema) => [workspaceOf(schema), ...parkingsOf(schema)]);
};

/** By relation: what is replaced, and the materialized views that must be built anew with it, each with its node. */
const rebuiltFor = (dependents: readonly Dependent[], built: readonly BuiltNode[]): ReadonlyMap<string, BuiltNode> => {
  const found = new Map(built.map((n) => [relationKey(n.relation), n]));
  // A map may grow while it is gone through.
  for (const [key, node] of found) {
    for (const { on, kind, relation } of dependents) {
      if (kind !== "materialized view" || relation === undefined || relationKey(on) !== key) continue;
      if (!found.has(relationKey(relation))) found.set(relationKey(relation), node);
    }
  }
  return found;
};

/** Undefined: it cannot be. */
const howCarried = ({ on, kind, relation }: Dependent, replaced: ReadonlySet<string>): string | undefined => {
  const isOwn = relation === undefined;
  if (isTemporary(relation)) return undefined;
  switch (kind) {
    case "view":
    case "function":
      return "re-pointed";
    case "policy":
    case "rule":
      return isOwn ? undefined : "re-pointed";
    case "materialized view":
      return "built anew beside it, takes its place";
    case "foreign key":
      return "a validated twin takes its place";
    case "statistics object":
      return replaced.has(relationKey(on)) ? undefined : "made again";
    default:
      return undefined;
  }
};

/** Of another session, which nobody else can replace. */
const isTemporary = (relation: RelationName | undefined): boolean => relation?.schema.startsWith("pg_temp_") ?? false;

const refusalsOf = (request: PlanRequest, node: BuiltNode, dependent: Dependent): readonly Diagnostic[] => [
  ...rightsMissing(request, node, dependent),
  ...(dependent.kind === "foreign key" ? keyWithoutEnd(request, node, dependent) : []),
];

const rightsMissing = (
  { catalog: { role } }: PlanRequest,
  { at }: BuiltNode,
  { on, kind, name, right }: Dependent,
): readonly Diagnostic[] => {
  if (right === undefined) return [];
  const what = `${kind} ${name}, which hangs on ${relationKey(on)}`;
  if (!right.isOwnerReachable) {
    const help = `grant ${right.owner} to ${role}: only its owner can point it at the new relation`;
    return [errorOf("plan/missing-right", `${what}, belongs to ${right.owner}`, { at, help })];
  }
  const isReplaced = kind === "view" || kind === "materialized view" || kind === "function";
  if (!isReplaced || right.canCreate) return [];
  const help = `grant create, usage on schema ${right.schema} to ${role}`;
  const message = `${what}, cannot be replaced: role ${role} cannot create in schema ${right.schema}`;
  return [errorOf("plan/missing-right", message, { at, help })];
};

/** The new relation must be a table, with a unique constraint on just the columns that the key refers to. */
const keyWithoutEnd = (
  { materializations }: PlanRequest,
  node: BuiltNode,
  { on, name, columns }: Dependent,
): readonly Diagnostic[] => {
  const isTable = node.kind !== "model" || materializations[node.config.materialized].relationKind === "table";
  const isKept = isTable && uniqueColumns(node).some((unique) => isSame(unique, columns));
  if (isKept) return [];
  const list = columns.join(", ");
  const why = isTable ? `${node.name} declares no unique constraint on (${list})` : `${node.name} is to be no table`;
  const help = isTable
    ? `declare a primary_key or unique constraint on (${list}) in the properties of ${node.name}, or drop the foreign key`
    : `make ${node.name} a table, or drop the foreign key`;
  const message = `foreign key ${name} refers to ${relationKey(on)} (${list}), and ${why}`;
  return [errorOf("plan/dependent-in-the-way", message, { at: node.at, help })];
};

const uniqueColumns = (node: BuiltNode): readonly (readonly string[])[] => [
  ...node.constraints.flatMap((c) => (c.kind === "primary_key" || c.kind === "unique" ? [c.columns] : [])),
  ...node.config.indexes.flatMap((index) => {
    const columns = index.columns.flatMap((c) => (c.key.kind === "column" ? [c.key.name] : []));
    return index.isUnique && index.where === undefined && columns.length === index.columns.length ? [columns] : [];
  }),
];

const isSame = (left: readonly string[], right: readonly string[]): boolean =>
  left.length === right.length && left.every((column) => right.includes(column));

const inTheWay = (manifest: Manifest, node: BuiltNode, dependent: Dependent): Diagnostic => {
  const owner = [...manifest.nodes.values()].find(
    (n) =>
      isBuilt(n) && dependent.relation !== undefined && relationKey(n.relation) === relationKey(dependent.relation),
  );
  const instead = owner === undefined ? waysForward(dependent) : `select it too: --select ${node.name} ${owner.name}`;
  return errorOf(
    "plan/dependent-in-the-way",
    `${dependent.kind} ${dependent.name} hangs on ${relationKey(dependent.on)}, which this run would replace`,
    { at: node.at, help: `${instead}, or leave the model out: --exclude ${node.name}` },
  );
};

const waysForward = ({ kind, relation }: Dependent): string => {
  if (isTemporary(relation)) return "end the session whose temporary view it is";
  switch (kind) {
    case "function on its type":
      return "give the function's arguments and result types of their own (`create type … as`)";
    case "column of its type":
      return "give the column a type of its own (`create type … as`)";
    case "default":
      return "give that column a sequence of its own";
    case "extension":
      return "take the relation out of the extension: alter extension … drop table …";
    default:
      return "drop it before and make it again after the run";
  }
};
