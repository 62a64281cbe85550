/**
 * Where each declared foreign key is made: with its node, when the other end is built before it; as a task of its own,
 * when both are built and neither from the other; before publish, when it leaves the run, so that a workspace that is
 * never published guards nothing.
 */
import { type Diagnostic, errorOf, warningOf } from "../../domain/diagnostic.ts";
import { type BuiltNode, type Constraint, isBuilt, isTest, type Manifest, type Node } from "../../domain/manifest.ts";
import { deltaOf, type NodeId, type RelationName, relationKey, workspaceOf } from "../../domain/names.ts";
import { type PlanTask, type TaskId, taskId } from "../../domain/plan.ts";
import type { LeavingForeignKey } from "../../domain/publish-plan.ts";
import type { ConstraintStep } from "../../domain/rule.ts";
import { ident, idents, joinSql, relation, type Sql, sql } from "../../domain/sql.ts";
import { reach } from "../../lib/dag.ts";

export type PlannedForeignKeys = {
  /** Of keys that stand on live or are made in publish: what their rows are looked at by. */
  readonly checks: ReadonlyMap<NodeId, readonly ConstraintStep[]>;
  readonly afterDeltas: readonly ConstraintStep[];
  readonly withNode: ReadonlyMap<NodeId, readonly ConstraintStep[]>;
  readonly alone: readonly Extract<PlanTask, { kind: "foreign-key" }>[];
  readonly ends: ReadonlyMap<TaskId, readonly NodeId[]>;
  readonly leaving: readonly LeavingForeignKey[];
  readonly notes: readonly Diagnostic[];
  readonly diagnostics: readonly Diagnostic[];
};

type ForeignKey = Extract<Constraint, { kind: "foreign_key" }>;

export const planForeignKeys = (
  manifest: Manifest,
  built: readonly BuiltNode[],
  inRun: ReadonlySet<NodeId>,
  deltas: ReadonlySet<NodeId>,
): PlannedForeignKeys => {
  const checks = new Map<NodeId, ConstraintStep[]>();
  const afterDeltas: ConstraintStep[] = [];
  const withNode = new Map<NodeId, ConstraintStep[]>();
  const alone: Extract<PlanTask, { kind: "foreign-key" }>[] = [];
  const ends = new Map<TaskId, readonly NodeId[]>();
  const leaving: LeavingForeignKey[] = [];
  const notes: Diagnostic[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const node of built) {
    for (const constraint of node.constraints) {
      if (constraint.kind !== "foreign_key") continue;
      const to = manifest.nodes.get(constraint.to);
      const parent = to === undefined ? undefined : parentRelation(to, inRun);
      if (to === undefined || parent === undefined) {
        diagnostics.push(notATable(node, constraint));
        continue;
      }
      const above = reach(manifest.parents.get(node.id) ?? [], (id) => manifest.parents.get(id) ?? []);
      const isBuiltBefore = !inRun.has(to.id) || above.has(to.id) || to.id === node.id;
      if (deltas.has(node.id) || deltas.has(to.id)) {
        // The key stands on live, or is made there when the rows that it refers to are there.
        const child = deltas.has(node.id) ? deltaOf(node.relation) : inWorkspace(node.relation);
        if (isBuiltBefore)
          checks.set(node.id, [...(checks.get(node.id) ?? []), stepOf(node, constraint, parent, child)]);
        if (!deltas.has(node.id)) afterDeltas.push(stepOf(node, constraint, liveOf(to), child));
      } else if (inRun.has(to.id)) {
        const step = stepOf(node, constraint, parent, inWorkspace(node.relation));
        if (isBuiltBefore) withNode.set(node.id, [...(withNode.get(node.id) ?? []), step]);
        else {
          const id = taskId(`foreign key ${relationKey(node.relation)}.${constraint.name}`);
          const child = { schema: workspaceOf(node.relation.schema), name: node.relation.name };
          const tables = [child, parent].sort((a, b) => (relationKey(a) < relationKey(b) ? -1 : 1));
          alone.push({ kind: "foreign-key", id, constraint: step, tables });
          ends.set(id, [node.id, to.id]);
        }
      } else if (to.kind === "source" && manifest.target.schemaPrefix !== "") notes.push(notMade(node, constraint));
      else leaving.push(leavingKey(stepOf(node, constraint, parent, inWorkspace(node.relation)), notValidOf(node)));
    }
  }
  return { checks, afterDeltas, withNode, alone, ends, leaving, notes, diagnostics };
};

const HOLDS_KEYS: ReadonlySet<string> = new Set(["table", "incremental"]);

const parentRelation = (to: Node, inRun: ReadonlySet<NodeId>): RelationName | undefined => {
  if (to.kind === "source") return to.relation;
  // A snapshot's rows are not all in the workspace: nothing there can refer to them.
  if (!isBuilt(to) || to.kind === "snapshot" || (to.kind === "model" && !HOLDS_KEYS.has(to.config.materialized)))
    return undefined;
  return inRun.has(to.id) ? { schema: workspaceOf(to.relation.schema), name: to.relation.name } : to.relation;
};

const liveOf = (to: Node): RelationName => {
  if (isTest(to)) throw new Error(`${to.id} has no relation`);
  return to.relation;
};

const inWorkspace = ({ schema, name }: RelationName): RelationName => ({ schema: workspaceOf(schema), name });

const stepOf = (node: BuiltNode, key: ForeignKey, parent: RelationName, at: RelationName): ConstraintStep => {
  return {
    kind: "foreign_key",
    origin: "declared",
    name: key.name,
    node: node.id,
    relation: node.relation,
    columns: key.columns,
    change: {
      kind: "action",
      sql: sql`add constraint ${ident(key.name)} foreign key (${idents(key.columns)}) references ${relation(parent)} (${idents(key.toColumns)})`,
    },
    violations: orphanRows(at, parent, key.columns, key.toColumns),
    at: key.span,
  };
};

/** A partitioned table takes NOT VALID from version 18 only, so its key is checked as it is made. */
export const notValidOf = (node: BuiltNode): Sql =>
  node.kind === "model" && node.config.partitioning !== undefined ? sql`` : sql` not valid`;

/** Rows that refer to nothing. */
export const orphanRows = (
  child: RelationName,
  parent: RelationName,
  columns: readonly string[],
  toColumns: readonly string[],
): Sql => {
  const known = joinSql(
    columns.map((c) => sql`c.${ident(c)} is not null`),
    sql` and `,
  );
  const same = joinSql(
    columns.map((c, i) => sql`p.${ident(toColumns[i] ?? c)} = c.${ident(c)}`),
    sql` and `,
  );
  return sql`select c.* from ${relation(child)} as c where ${known} and not exists (select from ${relation(parent)} as p where ${same})`;
};

export const leavingKey = (step: ConstraintStep, notValid: Sql): LeavingForeignKey => {
  const child = relation({ schema: workspaceOf(step.relation.schema), name: step.relation.name });
  return {
    constraint: {
      ...step,
      change: { kind: "statement", sql: sql`alter table ${child} ${step.change.sql}${notValid}` },
    },
    validate: sql`alter table ${child} validate constraint ${ident(step.name)}`,
    drop: sql`alter table ${child} drop constraint if exists ${ident(step.name)}`,
  };
};

const notATable = (node: BuiltNode, { name, to, span }: ForeignKey): Diagnostic =>
  errorOf("plan/foreign-key-to-view", `foreign key "${name}" of ${node.id} refers to ${to}, which is not a table`, {
    at: span,
    help: "make the referenced model a table, or test the relationship with the data test `relationships`",
  });

const notMade = (node: BuiltNode, { name, to, span }: ForeignKey): Diagnostic =>
  warningOf(
    "plan/foreign-key-not-made",
    `foreign key "${name}" of ${node.id} to ${to} is not made in a prefixed copy`,
    {
      at: span,
      help: "data tests still check its rows",
    },
  );
