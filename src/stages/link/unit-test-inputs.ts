/** Holds what a unit test is given to what its query reads: each thing once, all of it, and nothing else. */
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import type { Node } from "../../domain/manifest.ts";
import type { NodeId } from "../../domain/names.ts";
import type { Rendered } from "../../domain/rendered.ts";
import type { Given, UnitTestProperties, UnitTestSubject } from "../../domain/unit-test.ts";

export const inputsWrong = (
  { name }: UnitTestProperties,
  subject: UnitTestSubject,
  given: readonly Given[],
  nodes: ReadonlyMap<NodeId, Node>,
): readonly Diagnostic[] => {
  const formOf = (id: NodeId): string => (id === subject.model ? "this" : inputForm(id, nodes));
  const isGiven = new Set(given.map(({ node }) => node));
  const read = inputsRead(subject, isGiven, nodes);
  const missing = [...read].filter((id) => !isGiven.has(id));
  const list = read.size === 0 ? "it reads nothing" : `it reads ${[...read].map(formOf).join(", ")}`;
  return [
    ...given.flatMap(({ node, at }, i) => {
      const first = given.findIndex((other) => other.node === node);
      if (first < i) {
        const notes = [{ message: "first here", at: given[first]?.at }];
        return [errorOf("link/unit-test-input", `\`${formOf(node)}\` is given twice`, { at, notes })];
      }
      if (read.has(node)) return [];
      const message = `\`${formOf(node)}\` is given, and the query does not read it`;
      return [errorOf("link/unit-test-input", message, { at, help: list })];
    }),
    ...(missing.length === 0
      ? []
      : [
          errorOf(
            "link/unit-test-input",
            `the unit test \`${name.value}\` does not say what is in ${missing.map((id) => `\`${formOf(id)}\``).join(", ")}`,
            {
              at: name.span,
              help: `add to \`given\`: ${missing.map((id) => `- { input: ${quoted(formOf(id))}, rows: [] }`).join("  ")}`,
            },
          ),
        ]),
  ];
};

const quoted = (form: string): string => (form.includes(",") ? `"${form}"` : form);

/** Through ephemeral models that are not given themselves. */
export const inputsRead = (
  { model, body, ephemerals }: UnitTestSubject,
  isGiven: ReadonlySet<NodeId>,
  nodes: ReadonlyMap<NodeId, Node>,
): ReadonlySet<NodeId> => {
  const read = new Set<NodeId>();
  const visit = (rendered: Rendered): void => {
    for (const { value } of rendered.references) {
      const node = nodes.get(value);
      const inner = ephemerals.get(value) ?? (node?.kind === "model" ? node.body : undefined);
      if (isGiven.has(value) || !isEphemeral(node) || inner === undefined) read.add(value);
      else visit(inner);
    }
  };
  visit(body);
  if (model !== undefined && body.pieces.some((piece) => piece.kind === "this")) read.add(model);
  return read;
};

const isEphemeral = (node: Node | undefined): boolean =>
  node?.kind === "model" && node.config.materialized === "ephemeral";

/** As a unit test names it. */
export const inputForm = (id: NodeId, nodes: ReadonlyMap<NodeId, Node>): string => {
  const node = nodes.get(id);
  if (node?.kind !== "source") return `ref('${node?.name ?? id}')`;
  return `source('${node.sourceName}', '${node.name.slice(node.sourceName.length + 1)}')`;
};
