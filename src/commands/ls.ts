/** `galley ls`: the nodes that an expression selects, without a database. */
import { exitOf } from "../domain/exit-code.ts";
import { isTest, type Manifest, type Node } from "../domain/manifest.ts";
import { relationKey } from "../domain/names.ts";
import type { ListedNode } from "./answers.ts";
import type { Command } from "./context.ts";
import type { ListInput, ResourceType } from "./inputs.ts";
import { openSelection, tell } from "./open-project.ts";

export const list: Command<ListInput, readonly ListedNode[]> = async (context, input) => {
  const opened = await openSelection(context, input, undefined);
  tell(context, opened);
  if (!opened.ok) return { exitCode: exitOf(opened.diagnostics), value: undefined };
  const { manifest, nodes: selected } = opened.value;
  const nodes = selected.flatMap((id) => {
    const node = manifest.nodes.get(id);
    return node === undefined ? [] : [listed(node, manifest)];
  });
  const isWanted = (node: ListedNode): boolean =>
    input.resourceTypes.length === 0 || input.resourceTypes.includes(node.resourceType);
  return { exitCode: 0, value: nodes.filter(isWanted) };
};

const listed = (node: Node, manifest: Manifest): ListedNode => ({
  id: node.id,
  name: node.name,
  resourceType: resourceTypeOf(node),
  fqn: [manifest.projectName, ...node.fqn],
  path: node.path,
  relation: isTest(node) || materializedOf(node) === "ephemeral" ? undefined : relationKey(node.relation),
  materialized: materializedOf(node),
  tags: node.tags,
  description: node.description,
  parents: manifest.parents.get(node.id) ?? [],
});

const resourceTypeOf = ({ kind }: Node): ResourceType => {
  if (kind === "data-test") return "test";
  return kind === "unit-test" ? "unit_test" : kind;
};

const materializedOf = (node: Node): string | undefined => {
  if (node.kind === "model") return node.config.materialized;
  return node.kind === "seed" || node.kind === "snapshot" ? node.kind : undefined;
};
