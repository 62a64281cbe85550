/** Listed nodes as lines: what --select takes, names, paths, or one JSON object each. */
import type { ListedNode } from "../../commands/answers.ts";

export type ListOutput = "selector" | "name" | "path" | "json";

export const listingLines = (nodes: readonly ListedNode[], output: ListOutput): readonly string[] => {
  const lines = nodes.map((node) => lineOf(node, output));
  // Many nodes may stand in one property file.
  return output === "path" ? [...new Set(lines)] : lines;
};

const lineOf = (node: ListedNode, output: ListOutput): string => {
  switch (output) {
    case "name":
      return node.name;
    case "path":
      return node.path;
    case "json":
      return JSON.stringify({
        id: node.id,
        name: node.name,
        resource_type: node.resourceType,
        fqn: node.fqn,
        path: node.path,
        relation: node.relation,
        materialized: node.materialized,
        tags: node.tags,
        description: node.description,
        parents: node.parents,
      });
    default:
      // A source's id ends with what the method `source:` takes.
      return node.resourceType === "source" ? `source:${node.id.split(".").slice(1).join(".")}` : node.fqn.join(".");
  }
};
