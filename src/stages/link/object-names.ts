/** Gives every index and constraint its final name, unique in its schema, the same on every run. */
import type { IndexSpec } from "../../domain/config.ts";
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import type { Constraint } from "../../domain/manifest.ts";
import type { NodeId } from "../../domain/names.ts";
import type { Span } from "../../domain/source.ts";
import { type NamingConstraint, nameConstraints } from "./constraints.ts";
import type { DeclaredRelation } from "./declare.ts";
import { chooseName, indexColumnNames } from "./generated-names.ts";
import { UNNAMED } from "./indexes.ts";
import { nameTooLong } from "./relations.ts";

export type ToName = {
  readonly node: DeclaredRelation;
  readonly constraints: readonly NamingConstraint[];
};

export type Named = { readonly indexes: readonly IndexSpec[]; readonly constraints: readonly Constraint[] };

/** Nodes are taken in the order of their ids, after all names that authors gave: no name hangs on the order of files. */
export const nameObjects = (nodes: readonly ToName[], found: Diagnostic[]): ReadonlyMap<NodeId, Named> => {
  const taken = new Map<string, Set<string>>();
  const takenIn = (schema: string): Set<string> => {
    const names = taken.get(schema) ?? new Set();
    taken.set(schema, names);
    return names;
  };
  const given = new Map<string, Span>();
  for (const { node } of nodes) {
    takenIn(node.relation.schema).add(node.relation.name);
    given.set(`${node.relation.schema}.${node.relation.name}`, node.at);
  }
  for (const toName of nodes) reserveGiven(toName, takenIn(toName.node.relation.schema), given, found);
  const sorted = [...nodes].sort((a, b) => (a.node.id < b.node.id ? -1 : 1));
  return new Map(
    sorted.map(({ node, constraints }) => {
      const names = takenIn(node.relation.schema);
      const named = nameConstraints(node.relation.name, constraints, names);
      const indexes = node.config.indexes.map((index) =>
        index.name === UNNAMED
          ? {
              ...index,
              name: chooseName(node.relation.name, indexColumnNames(index.columns.map((c) => c.key)), "idx", names),
            }
          : index,
      );
      return [node.id, { indexes, constraints: named }];
    }),
  );
};

/** An index shares its names with relations, so also a key's; other constraints only with those of their table. */
const reserveGiven = (
  { node, constraints }: ToName,
  names: Set<string>,
  given: Map<string, Span>,
  found: Diagnostic[],
): void => {
  const { schema, name: table } = node.relation;
  const reserve = (name: string, what: string, span: Span, space: "schema" | "table"): void => {
    found.push(...nameTooLong(name, what, { at: span }));
    const scope = space === "schema" ? `${schema}.${name}` : `${schema}.${table}.${name}`;
    const first = given.get(scope);
    if (first !== undefined) {
      const notes = [{ message: "first here", at: first }];
      const message = `${what} needs another name: \`${name}\` is taken in ${schema}`;
      found.push(errorOf("link/duplicate-object", message, { at: span, notes }));
    }
    given.set(scope, span);
    names.add(name);
  };
  for (const index of node.config.indexes)
    if (index.name !== UNNAMED) reserve(index.name, `the index on \`${node.name}\``, index.span, "schema");
  for (const { written, constraint } of constraints) {
    const space = constraint.kind === "primary_key" || constraint.kind === "unique" ? "schema" : "table";
    if (written !== undefined) reserve(written.value, `the constraint on \`${node.name}\``, written.span, space);
  }
};
