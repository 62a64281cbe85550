/** Data tests that the declared constraints of their own relation guarantee, once those are made: they need no query. */
import type { CompiledTest } from "../../domain/compiled.ts";
import { type BuiltNode, isTest, type Manifest, type ModelNode } from "../../domain/manifest.ts";
import { type NodeId, workspaceOf } from "../../domain/names.ts";
import type { ProvedTest } from "../../domain/plan.ts";
import { relation, textOf } from "../../domain/sql.ts";
import type { RelationFacts } from "../../domain/test-facts.ts";
import type { PlannedForeignKeys } from "./foreign-keys.ts";
import { guaranteeOf } from "./test-guarantees.ts";

type Sorted = { readonly proved: readonly ProvedTest[]; readonly asked: readonly CompiledTest[] };

/** Of a relation that is built whole: what is declared stands on it before its tests are run. */
export const byConstraints = (
  manifest: Manifest,
  node: BuiltNode,
  foreignKeys: PlannedForeignKeys,
  tests: readonly CompiledTest[],
): Sorted => sorted(node, factsOf(manifest, node, foreignKeys), tests);

/** Of new rows: what a constraint says of each row by itself holds for those of live as well. */
export const byRowConstraints = (manifest: Manifest, node: ModelNode, tests: readonly CompiledTest[]): Sorted =>
  sorted(node, { ...factsOf(manifest, node, undefined), unique: [] }, tests);

const sorted = (node: BuiltNode, facts: RelationFacts, tests: readonly CompiledTest[]): Sorted => {
  const guarantees = new Map(
    tests.flatMap((test) => {
      const guarantee = test.node.attachedTo === node.id ? guaranteeOf(test, facts) : undefined;
      return guarantee === undefined ? [] : [[test, guarantee]];
    }),
  );
  return {
    proved: [...guarantees].map(([test, guarantee]) => ({ test, ...guarantee })),
    asked: tests.filter((test) => !guarantees.has(test)),
  };
};

const factsOf = (manifest: Manifest, node: BuiltNode, foreignKeys: PlannedForeignKeys | undefined): RelationFacts => {
  const made = new Set((foreignKeys?.withNode.get(node.id) ?? []).map((step) => step.name));
  const notNull = new Map<string, string>();
  for (const c of node.constraints) {
    if (c.kind === "not_null") notNull.set(c.column, c.name);
    if (c.kind === "primary_key") for (const column of c.columns) notNull.set(column, c.name);
  }
  return {
    bytes: undefined,
    rows: undefined,
    columns: new Map(),
    fewValues: new Set(),
    notNull,
    unique: node.constraints.flatMap((c) =>
      c.kind === "unique" || c.kind === "primary_key"
        ? [{ name: c.name, columns: c.columns, isConstraint: true, nullsEqual: false }]
        : [],
    ),
    foreignKeys: node.constraints.flatMap((c) =>
      c.kind === "foreign_key" && made.has(c.name)
        ? [{ name: c.name, columns: c.columns, to: inWorkspace(manifest, c.to), toColumns: c.toColumns }]
        : [],
    ),
    checks: node.constraints.flatMap((c) =>
      c.kind === "check" ? [{ name: c.name, expression: c.expression.value }] : [],
    ),
  };
};

const inWorkspace = (manifest: Manifest, id: NodeId): string => {
  const node = manifest.nodes.get(id);
  if (node === undefined || isTest(node)) return "";
  return textOf(relation({ schema: workspaceOf(node.relation.schema), name: node.relation.name }));
};
