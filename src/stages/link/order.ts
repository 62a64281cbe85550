/** From what each node refers to, to edges and an order, or to the loop that forbids one. */
import { type Diagnostic, errorOf, type Note } from "../../domain/diagnostic.ts";
import type { Manifest, Node } from "../../domain/manifest.ts";
import type { NodeId } from "../../domain/names.ts";
import type { Located } from "../../domain/source.ts";
import { inverted, topologicalOrder } from "../../lib/dag.ts";

export type References = ReadonlyMap<NodeId, readonly Located<NodeId>[]>;

export type Ordered = Pick<Manifest, "parents" | "children" | "order">;

export const orderNodes = (nodes: ReadonlyMap<NodeId, Node>, references: References, found: Diagnostic[]): Ordered => {
  const parents = new Map<NodeId, readonly NodeId[]>();
  for (const id of nodes.keys()) parents.set(id, [...new Set((references.get(id) ?? []).map((r) => r.value))]);
  const parentsOf = (id: NodeId): readonly NodeId[] => parents.get(id) ?? [];
  const ids = [...nodes.keys()];
  const ordered = topologicalOrder(ids, parentsOf);
  if (ordered.kind === "cycle") found.push(loopError(ordered.path, nodes, references));
  return {
    parents,
    children: inverted(ids, parentsOf),
    order: ordered.kind === "order" ? ordered.order : [],
  };
};

/** `a -> b`: a refers to b. Each step's place is told. */
const loopError = (path: readonly NodeId[], nodes: ReadonlyMap<NodeId, Node>, references: References): Diagnostic => {
  const nameOf = (id: NodeId): string => nodes.get(id)?.name ?? id;
  const steps: readonly Note[] = path.slice(0, -1).flatMap((id, i) => {
    const next = path[i + 1];
    const at = references.get(id)?.find((r) => r.value === next)?.span;
    return next === undefined ? [] : { message: `\`${nameOf(id)}\` refers to \`${nameOf(next)}\``, at };
  });
  const shown = path.map(nameOf).join(" → ");
  const itself = path.length === 2 ? path[0] : undefined;
  const message =
    itself !== undefined
      ? `\`${nameOf(itself)}\` refers to itself`
      : `these models refer to each other in a loop: ${shown}`;
  return errorOf("link/loop", message, {
    at: steps[0]?.at,
    notes: steps.slice(1),
    help:
      itself !== undefined
        ? "`{{this}}` is the model's own relation"
        : "one of the references must go: split a model, or read a source instead",
  });
};
