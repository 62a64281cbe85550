/** What stands on live under the names of a run's nodes, where one of the two is a snapshot: a history is never replaced. */

import type { DeltaStep } from "../../domain/build-steps.ts";
import type { Catalog } from "../../domain/catalog.ts";
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import type { BuiltNode, SnapshotNode } from "../../domain/manifest.ts";
import { deltaOf, relationKey, workspaceOf } from "../../domain/names.ts";
import type { ConstraintStep } from "../../domain/rule.ts";
import { indexSteps } from "./index-steps.ts";
import type { PlanRequest } from "./request.ts";

/**
 * How the history that stands takes what is new; undefined where there is none. An id is never given twice, so that one
 * which live knows is a version that ends, and its end is all that changes.
 */
export const historyStep = (
  { compiled, catalog }: Pick<PlanRequest, "compiled" | "catalog">,
  { id, relation, config }: SnapshotNode,
): DeltaStep | undefined => {
  const query = compiled.models.get(id)?.query;
  if (query === undefined || catalog.relations.get(relationKey(relation))?.kind !== "table") return undefined;
  return {
    query,
    live: relation,
    overlay: { schema: workspaceOf(relation.schema), name: relation.name },
    delta: deltaOf(relation),
    key: [config.columnNames.scdId],
    predicates: [],
    foreignKeys: [],
    strategy: "history",
    batches: undefined,
    onSchemaChange: "append_new_columns",
    updated: { kind: "only", columns: [config.columnNames.validTo] },
  };
};

/** Declared of a history since it was begun: by name, which speaks of the columns unless it was given. */
export const missingIndexes = (node: SnapshotNode, { named }: Catalog): readonly ConstraintStep[] => {
  const key = relationKey(node.relation);
  const there = new Set(
    named.flatMap((n) => (n.kind === "index" && n.on !== undefined && relationKey(n.on) === key ? [n.name] : [])),
  );
  return indexSteps(node, node.relation).filter(({ name }) => !there.has(name));
};

/** A model, seed or other kind of relation in place of a history, or the other way round. */
export const historyRefusals = (built: readonly BuiltNode[], catalog: Catalog): readonly Diagnostic[] =>
  built.flatMap((node) => {
    const old = catalog.relations.get(relationKey(node.relation));
    if (old === undefined) return [];
    const key = relationKey(node.relation);
    const was = old.recordedFor;
    if (node.kind !== "snapshot")
      return was !== undefined && isSnapshot(was)
        ? [
            refusal(
              node,
              `${key} holds the history of ${was}, which nothing replaces`,
              `give ${node.name} another schema or alias, or rename or drop the history yourself`,
            ),
          ]
        : [];
    if (old.kind !== "table")
      return [
        refusal(
          node,
          `${key} is a ${old.kind}, and a snapshot adds to a table`,
          `rename or drop it yourself, or give ${node.name} another schema or alias`,
        ),
      ];
    return was !== undefined && !isSnapshot(was)
      ? [
          refusal(
            node,
            `${key} was made for ${was}, and is no history`,
            `rename or drop it yourself, or give ${node.name} another schema or alias`,
          ),
        ]
      : [];
  });

const isSnapshot = (nodeId: string): boolean => nodeId.startsWith("snapshot.");

const refusal = ({ at }: BuiltNode, message: string, help: string): Diagnostic =>
  errorOf("plan/history-in-the-way", message, { at, help });
