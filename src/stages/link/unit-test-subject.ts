/** From the model of a unit test to the query that is asked: the model's own, or what the overrides make of it. */
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import type { Node } from "../../domain/manifest.ts";
import type { NodeId } from "../../domain/names.ts";
import type { Rendered } from "../../domain/rendered.ts";
import type { Located, Span } from "../../domain/source.ts";
import type { UnitTestSubject } from "../../domain/unit-test.ts";
import { reach } from "../../lib/dag.ts";
import { suggest } from "../../lib/suggest.ts";
import { evaluate } from "../../template/evaluate.ts";
import type { Template } from "../../template/syntax.ts";
import type { Overridden } from "./unit-test-overrides.ts";
import { yamlReference } from "./yaml-reference.ts";

export type Models = {
  /** All but tests. */
  readonly nodes: ReadonlyMap<NodeId, Node>;
  /** Of models. */
  readonly templates: ReadonlyMap<NodeId, Template>;
};

/** `model: orders`, or `model: ref('orders')`. */
export const testedModel = (text: Located<string>): string => {
  const request = yamlReference(text)?.request;
  return request?.kind === "ref" ? request.name : text.value;
};

/** Undefined after saying what is wrong. */
export const modelSubject = (
  { text, test }: { readonly text: Located<string>; readonly test: Span },
  { scope, startedAt, isChanged }: Overridden,
  { nodes, templates }: Models,
  found: Diagnostic[],
): UnitTestSubject | undefined => {
  const name = testedModel(text);
  const models = [...nodes.values()].filter((node) => node.kind === "model");
  const model = models.find((node) => node.name === name);
  if (model === undefined) {
    const other = [...nodes.values()].find((node) => node.name === name);
    const near = suggest(
      name,
      models.map((node) => node.name),
    );
    const help = near === undefined ? undefined : `did you mean \`${near}\`?`;
    const message =
      other === undefined
        ? `there is no model \`${name}\` for this unit test`
        : `\`${name}\` is a ${other.kind}: unit tests are of models`;
    found.push(errorOf("link/bad-unit-test", message, { at: text.span, help }));
    return undefined;
  }
  if (scope.isIncremental && model.laterBody === undefined) {
    const help = `\`is_incremental\` is true of incremental models alone; \`${name}\` is a ${model.config.materialized}`;
    const message = `\`${name}\` is not incremental`;
    found.push(errorOf("link/bad-unit-test", message, { at: text.span, help }));
    return undefined;
  }
  if (!isChanged) {
    const body = scope.isIncremental ? (model.laterBody ?? model.body) : model.body;
    return { model: model.id, body, ephemerals: new Map(), startedAt, isShared: startedAt === undefined };
  }
  // The model itself is right, and what it becomes here is not.
  const asOverridden = (diagnostic: Diagnostic): Diagnostic => ({
    ...diagnostic,
    notes: [...diagnostic.notes, { message: "under the overrides of this unit test", at: test }],
  });
  const render = (id: NodeId): Rendered | undefined => {
    const template = templates.get(id);
    const outcome = template === undefined ? undefined : evaluate(template, scope);
    if (outcome?.ok === false) found.push(...outcome.diagnostics.map(asOverridden));
    return outcome?.ok === true ? { pieces: outcome.value.pieces, references: outcome.value.references } : undefined;
  };
  const body = render(model.id);
  if (body === undefined) return undefined;
  const ephemerals = new Map<NodeId, Rendered>();
  for (const id of ephemeralsBelow(body, nodes)) {
    const rendered = render(id);
    if (rendered !== undefined) ephemerals.set(id, rendered);
  }
  return { model: model.id, body, ephemerals, startedAt, isShared: false };
};

const ephemeralsBelow = (body: Rendered, nodes: ReadonlyMap<NodeId, Node>): readonly NodeId[] => [
  ...reach(ephemeralsIn(body, nodes), (id) => ephemeralsIn(bodyOf(nodes.get(id)), nodes)).keys(),
];

const bodyOf = (node: Node | undefined): Rendered | undefined => (node?.kind === "model" ? node.body : undefined);

const ephemeralsIn = (body: Rendered | undefined, nodes: ReadonlyMap<NodeId, Node>): readonly NodeId[] =>
  (body?.references ?? []).flatMap(({ value }) => {
    const node = nodes.get(value);
    return node?.kind === "model" && node.config.materialized === "ephemeral" ? [value] : [];
  });
