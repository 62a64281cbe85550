/**
 * What becomes of all that stands on replaced relations: made again in the workspace, set by statements, or refused.
 * What is declared wins; what an earlier run made and nobody declares any more goes.
 */
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import type { BuiltNode } from "../../domain/manifest.ts";
import { type RelationName, relationKey, workspaceOf } from "../../domain/names.ts";
import type { CarriedThing, LeavingForeignKey, PublishedRelation } from "../../domain/publish-plan.ts";
import type { ConstraintStep } from "../../domain/rule.ts";
import type { DeclaredObjects, Standing, StandingSetting } from "../../domain/standing.ts";
import { unreachable } from "../../domain/unreachable.ts";
import { keyOf, stepOf } from "./standing-steps.ts";

export type PlannedStanding = {
  readonly steps: readonly ConstraintStep[];
  readonly leaving: readonly LeavingForeignKey[];
  readonly settings: readonly StandingSetting[];
  readonly carried: readonly CarriedThing[];
  readonly diagnostics: readonly Diagnostic[];
};

export type StandingRequest = {
  readonly node: BuiltNode;
  readonly newKind: PublishedRelation["newKind"];
  readonly standing: readonly Standing[];
  readonly declared: DeclaredObjects;
  /** What the last publish made; undefined: unknown, so that nothing that stands is given up. */
  readonly recorded: DeclaredObjects | undefined;
  /** Relations of the run: a foreign key to one of them refers to what is being built. */
  readonly replaced: ReadonlySet<string>;
};

export const planStanding = (request: StandingRequest): PlannedStanding => {
  const { node, newKind, standing, declared, recorded, replaced } = request;
  const ours = standing.filter((s) => !names(declared, s) && !(recorded !== undefined && names(recorded, s)));
  const objects = new Set([
    ...[declared.indexes, declared.constraints].flat(),
    ...ours.flatMap((s) => (s.stage === "object" || s.stage === "key" ? [s.name] : [])),
  ]);
  const steps: ConstraintStep[] = [];
  const leaving: LeavingForeignKey[] = [];
  const settings: StandingSetting[] = [];
  const carried: CarriedThing[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const thing of ours) {
    if (thing.stage === "unmovable") {
      const isAccepted = thing.unless === "replication accepted" && node.config.acceptsReplication;
      if (!isAccepted) diagnostics.push(notCarried(node, thing, thing.reason, thing.help));
      continue;
    }
    // What is said of an index goes with the index.
    if (thing.stage === "setting" && thing.needs.kind === "object" && !objects.has(thing.needs.object)) continue;
    if (!fits(thing.kind, newKind)) {
      const reason = `the model is now a ${newKind}, which has none`;
      diagnostics.push(notCarried(node, thing, reason, `drop it, or keep ${node.name} what it was`));
      continue;
    }
    switch (thing.stage) {
      case "object":
        steps.push(stepOf(node, thing));
        carried.push(shown(thing, "built again beside the declared ones"));
        break;
      case "key":
        leaving.push(keyOf(node, thing, workspaceIf(thing.to, replaced)));
        carried.push(shown(thing, "made again before publish"));
        break;
      case "setting":
        settings.push(thing);
        carried.push(shown(thing, "kept"));
        break;
      default:
        return unreachable(thing);
    }
  }
  return { steps, leaving, settings, carried, diagnostics };
};

/** On a relation that stays, made of what was declared once and is no longer: it stays too, and `plan` says so. */
export const undeclared = ({ declared, standing, recorded }: StandingRequest): readonly string[] =>
  standing
    .filter((thing) => recorded !== undefined && names(recorded, thing) && !names(declared, thing))
    .map(({ kind, name }) => `${kind} ${name} is declared no longer, and stays`);

/** What a relation that stays has from declarations, of now and of before: an absence unmakes it when it is built anew. */
export const allDeclared = (declared: DeclaredObjects, recorded: DeclaredObjects | undefined): DeclaredObjects =>
  recorded === undefined
    ? declared
    : {
        indexes: union(declared.indexes, recorded.indexes),
        constraints: union(declared.constraints, recorded.constraints),
        not_null: union(declared.not_null, recorded.not_null),
        settings: union(declared.settings, recorded.settings),
      };

const union = (a: readonly string[], b: readonly string[]): readonly string[] => [...new Set([...a, ...b])];

/** Whether it is one of those: then the declaration makes it, or its absence unmakes it. */
const names = (objects: DeclaredObjects, thing: Standing): boolean => {
  switch (thing.stage) {
    case "object":
      if (thing.object === "index") return objects.indexes.includes(thing.name);
      if (thing.object === "not_null") return thing.columns.every((c) => objects.not_null.includes(c));
      return objects.constraints.includes(thing.name);
    case "key":
      return objects.constraints.includes(thing.name);
    case "setting":
      return objects.settings.includes(`${thing.kind} ${thing.name}`);
    case "unmovable":
      return false;
    default:
      return unreachable(thing);
  }
};

const workspaceIf = (to: RelationName, replaced: ReadonlySet<string>): RelationName =>
  replaced.has(relationKey(to)) ? { schema: workspaceOf(to.schema), name: to.name } : to;

const shown = ({ on, kind, name }: Standing, how: string): CarriedThing => ({ on, kind, name, how });

/** What views and materialized views can have of what stands on a table. */
const FITS: Readonly<Record<Exclude<PublishedRelation["newKind"], "table">, RegExp>> = {
  view: /^(trigger|rule|default of column|storage option|security label of)$/,
  "materialized view":
    /^(index|unique index|.* of index|comment on index|statistics object|storage option|tablespace|access method|column .*|security label of)$/,
};

const fits = (kind: string, newKind: PublishedRelation["newKind"]): boolean =>
  newKind === "table" || FITS[newKind].test(kind);

const notCarried = (node: BuiltNode, { on, kind, name }: Standing, reason: string, help: string): Diagnostic =>
  errorOf("plan/not-carried", `${kind} ${name} on ${relationKey(on)} cannot be carried over: ${reason}`, {
    at: node.at,
    help,
  });

/** What a node declares and this run makes on its relation. */
export const declaredObjects = (node: BuiltNode, steps: readonly ConstraintStep[]): DeclaredObjects => {
  const own = steps.filter((step) => step.node === node.id && step.origin === "declared");
  const isIndex = (step: ConstraintStep): boolean => step.kind === "index" || step.kind === "unique index";
  return {
    indexes: own.filter(isIndex).map((s) => s.name),
    constraints: own.filter((s) => !isIndex(s) && s.kind !== "not_null").map((s) => s.name),
    not_null: own.filter((s) => s.kind === "not_null").flatMap((s) => s.columns),
    settings: [
      ...storageSettings(node),
      ...node.config.indexes.filter((i) => i.tablespace !== undefined).map((i) => `tablespace of index ${i.name}`),
    ],
  };
};

const storageSettings = (node: BuiltNode): readonly string[] => {
  if (node.kind !== "model") return [];
  const { parameters, tablespace, isUnlogged } = node.config.storage;
  return [
    ...parameters.map((p) => `storage option ${p.name}`),
    ...(tablespace === undefined ? [] : [`tablespace ${tablespace}`]),
    ...(isUnlogged ? ["persistence unlogged"] : []),
  ];
};
