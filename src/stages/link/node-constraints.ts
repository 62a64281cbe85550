/** From the declared nodes to the constraints and indexes of relations that can have them, and data tests for the rest. */
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import type { Project } from "../../domain/project.ts";
import { unreachable } from "../../domain/unreachable.ts";
import { testsOfConstraints } from "./constraint-tests.ts";
import { readConstraints } from "./constraints.ts";
import type { Declared, DeclaredRelation } from "./declare.ts";
import type { LinkedTest } from "./generic-tests.ts";
import { keyConstraints, withKeyIndex } from "./incremental-keys.ts";
import type { ToName } from "./object-names.ts";
import { partitionKeysWrong } from "./partition-keys.ts";
import type { Resolve } from "./resolve.ts";
import { testedNode } from "./tested.ts";

export type Constraints = { readonly onRelations: readonly ToName[]; readonly asTests: readonly LinkedTest[] };

export const constraintsOf = (
  { models, seeds, snapshots }: Declared,
  project: Pick<Project<unknown>, "name" | "settings">,
  resolve: Resolve,
  found: Diagnostic[],
): Constraints => {
  const onRelations: ToName[] = [];
  const asTests: LinkedTest[] = [];
  for (const node of [...models, ...seeds, ...snapshots]) {
    const declared = readConstraints(node.properties?.constraints ?? [], resolve, found);
    const materialized = materializedOf(node);
    const constraints = [...declared, ...keyConstraints(node, declared)];
    found.push(...indexesWrong(node, materialized), ...partitionKeysWrong(node, constraints));
    if (materialized === "table") onRelations.push({ node, constraints });
    else if (materialized === "incremental") onRelations.push({ node: withKeyIndex(node, constraints), constraints });
    else {
      asTests.push(...testsOfConstraints(constraints, testedNode(node), materialized, project, found));
      onRelations.push({ node, constraints: [] });
    }
  }
  return { onRelations, asTests };
};

const materializedOf = (node: DeclaredRelation): string => {
  switch (node.kind) {
    case "model":
      return node.config.materialized;
    case "seed":
      return "table";
    case "snapshot":
      return "snapshot";
    default:
      return unreachable(node);
  }
};

const HAVE_INDEXES: ReadonlySet<string> = new Set(["table", "incremental", "materialized_view", "snapshot"]);

const indexesWrong = (node: DeclaredRelation, materialized: string): readonly Diagnostic[] => {
  const [first] = node.config.indexes;
  if (first === undefined || HAVE_INDEXES.has(materialized)) return [];
  return [
    errorOf(
      "link/index-on-view",
      `\`${node.name}\` cannot have indexes: it is ${materialized === "view" ? "a view" : materialized}`,
      {
        at: first.span,
        help: "only tables and materialized views have indexes: set `materialized: table`",
      },
    ),
  ];
};
