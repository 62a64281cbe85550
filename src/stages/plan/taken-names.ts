/** Names that would come into a live schema and stand there already, on something that does not leave with what is replaced. */
import type { Catalog, NamedObject } from "../../domain/catalog.ts";
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import type { BuiltNode } from "../../domain/manifest.ts";
import { type NodeId, relationKey } from "../../domain/names.ts";
import type { Span } from "../../domain/source.ts";

type Wanted = { readonly kind: NamedObject["kind"]; readonly name: string; readonly at: Span };

/** `stays`: nodes whose relation takes new rows, and brings no name. */
export const takenNames = (
  built: readonly BuiltNode[],
  catalog: Catalog,
  stays: ReadonlyMap<NodeId, unknown>,
): readonly Diagnostic[] => {
  const leaving = new Set(built.map((n) => relationKey(n.relation)));
  const standing = catalog.named.filter(({ on }) => on === undefined || !leaving.has(relationKey(on)));
  const keyOf = (schema: string, { kind, name }: Pick<NamedObject, "kind" | "name">) =>
    JSON.stringify([schema, kind, name]);
  const byKey = new Map(standing.map((object) => [keyOf(object.schema, object), object]));
  return built.flatMap((node) =>
    stays.has(node.id)
      ? []
      : withoutOwnArrays(
          node,
          namesOf(node).flatMap((wanted) => {
            const object = byKey.get(keyOf(node.relation.schema, wanted));
            return object === undefined ? [] : [{ wanted, object }];
          }),
        ).map(({ wanted, object }) => taken(node, wanted, object)),
  );
};

/** A type in the way has an array type of its own: that is no second name to rename. */
const withoutOwnArrays = <T extends { readonly wanted: Wanted }>(
  { relation }: BuiltNode,
  found: readonly T[],
): readonly T[] => {
  const isTypeTaken = found.some(({ wanted }) => wanted.kind === "type" && wanted.name === relation.name);
  return isTypeTaken ? found.filter(({ wanted }) => wanted.name !== `_${relation.name}`) : found;
};

/** Every relation brings a type of its name and an array type; keys bring indexes. */
const namesOf = ({ relation, at, config, constraints }: BuiltNode): readonly Wanted[] => [
  { kind: "type", name: relation.name, at },
  { kind: "type", name: `_${relation.name}`, at },
  ...config.indexes.map(({ name, span }): Wanted => ({ kind: "index", name, at: span })),
  ...constraints
    .filter((c) => c.kind === "primary_key" || c.kind === "unique")
    .map(({ name, span }): Wanted => ({ kind: "index", name, at: span })),
];

const taken = ({ name }: BuiltNode, { at }: Wanted, object: NamedObject): Diagnostic => {
  const whose = object.on === undefined ? "" : ` of ${relationKey(object.on)}`;
  const key = relationKey(object);
  const message = `the ${object.kind} ${key}${whose} already stands on live and does not belong to what is replaced`;
  const help =
    object.kind === "index"
      ? "rename or drop it, or give the model's index or constraint another name"
      : `rename or drop it, or give ${name} another schema or alias`;
  return errorOf("execute/name-taken", message, { at, help });
};
