/**
 * Views and materialized views of a run that see live through an overlay, directly or through other views: publish makes
 * them again over live, because the overlay goes with the workspace. Every reference in generated SQL is one piece whose
 * text is the relation's name, so that the statements can be said over live by exchanging those pieces.
 */

import type { DeltaStep } from "../../domain/build-steps.ts";
import type { Manifest } from "../../domain/manifest.ts";
import type { NodeId } from "../../domain/names.ts";
import type { BuildTask } from "../../domain/plan.ts";
import type { ReboundRelation } from "../../domain/publish-plan.ts";
import { relation, type Sql, sqlOf, textOf } from "../../domain/sql.ts";
import { reach } from "../../lib/dag.ts";

/** Parents before children, as `tasks` are. */
export const planRebound = (
  manifest: Manifest,
  tasks: readonly BuildTask[],
  deltas: ReadonlyMap<NodeId, DeltaStep>,
): readonly ReboundRelation[] => {
  if (deltas.size === 0) return [];
  const kinds = new Map(tasks.map((t) => [t.node, t.relationKind]));
  const isSeenThrough = (id: NodeId): boolean => {
    const kind = kinds.get(id);
    // What the run does not build stands on live; an ephemeral model is part of whoever reads it.
    return kind === undefined ? isEphemeral(manifest, id) : kind !== "table";
  };
  const below = reach(deltas.keys(), (id) => (manifest.children.get(id) ?? []).filter((child) => isSeenThrough(child)));
  const onLive = new Map(
    [...deltas.values()].map((step) => [textOf(relation(step.overlay)), textOf(relation(step.live))]),
  );
  return tasks.flatMap((task): ReboundRelation[] => {
    const { relationKind: kind, data } = task;
    if (kind === "table" || data.kind !== "statements" || !below.has(task.node)) return [];
    const { statements } = data;
    return [
      { node: task.node, workspace: task.workspace, kind, statements: statements.map((s) => exchanged(s, onLive)) },
    ];
  });
};

const isEphemeral = (manifest: Manifest, id: NodeId): boolean => {
  const node = manifest.nodes.get(id);
  return node?.kind === "model" && node.config.materialized === "ephemeral";
};

const exchanged = (statement: Sql, names: ReadonlyMap<string, string>): Sql =>
  sqlOf(statement.pieces.map((piece) => ({ ...piece, text: names.get(piece.text) ?? piece.text })));
