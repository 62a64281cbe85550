/** A node and a run in, what a reference to it means there out: everything else hangs on this answer. */
import type { Resolution, RunView } from "../../domain/compiled.ts";
import type { Node, RelationNode } from "../../domain/manifest.ts";
import { workspaceOf } from "../../domain/names.ts";
import { unreachable } from "../../domain/unreachable.ts";

export const resolveReference = (node: Node, view: RunView): Resolution => {
  const cte = view.kind === "fixtures" ? view.ctes.get(node.id) : undefined;
  if (cte !== undefined) return { kind: "fixture", cte };
  switch (node.kind) {
    case "source":
      return standing(node, view);
    case "model":
      if (node.config.materialized === "ephemeral") return { kind: "inline", node: node.id };
      return standing(node, view);
    case "seed":
    case "snapshot":
      return standing(node, view);
    case "data-test":
    case "unit-test":
      throw new Error(`${node.id} is a test: nothing can refer to it`);
    default:
      return unreachable(node);
  }
};

const standing = (node: RelationNode, view: RunView): Resolution => {
  const { id, relation } = node;
  const elsewhere = view.kind === "past" ? view.relations.get(id) : undefined;
  if (elsewhere !== undefined) return { kind: "workspace", relation: elsewhere };
  return node.kind !== "source" && view.kind === "workspace" && view.inRun.has(id)
    ? { kind: "workspace", relation: { schema: workspaceOf(relation.schema), name: relation.name } }
    : { kind: "live", relation };
};
