/** From constraints as written to constraints with final names, columns and referenced nodes. */
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import type { Constraint } from "../../domain/manifest.ts";
import type { ConstraintProperties } from "../../domain/project.ts";
import type { Located } from "../../domain/source.ts";
import { chooseName } from "./generated-names.ts";
import type { Resolve } from "./resolve.ts";
import { yamlReference } from "./yaml-reference.ts";

/** A constraint without its name. */
type Unnamed<C = Constraint> = C extends Constraint ? Omit<C, "name"> : never;

export type NamingConstraint = { readonly written: Located<string> | undefined; readonly constraint: Unnamed };

/** What does not hold together is said and left out; the same NOT NULL twice is one. */
export const readConstraints = (
  written: readonly ConstraintProperties[],
  resolve: Resolve,
  found: Diagnostic[],
): readonly NamingConstraint[] => {
  const constraints = written.flatMap((w) => {
    const constraint = readConstraint(w, resolve, found);
    return constraint === undefined ? [] : [{ written: w.name, constraint }];
  });
  const keys = constraints.filter((c) => c.constraint.kind === "primary_key");
  const [first, second] = keys;
  if (first !== undefined && second !== undefined) {
    const notes = [{ message: "first here", at: first.constraint.span }];
    const at = second.constraint.span;
    const help = "for a key of several columns write one entry under the model's own `constraints:`";
    found.push(errorOf("link/bad-constraint", "a relation has one primary key", { at, notes, help }));
  }
  return constraints.filter(
    ({ constraint: c }, i) =>
      c.kind !== "not_null" ||
      constraints.findIndex(({ constraint: o }) => o.kind === "not_null" && o.column === c.column) === i,
  );
};

const readConstraint = (written: ConstraintProperties, resolve: Resolve, found: Diagnostic[]): Unnamed | undefined => {
  const { span } = written;
  const columns = written.columns.map((c) => c.value);
  const wrong = (message: string, help: string): undefined => {
    found.push(errorOf("link/bad-constraint", message, { at: span, help }));
    return undefined;
  };
  const [column] = columns;
  switch (written.type.value) {
    case "primary_key":
    case "unique":
      if (column === undefined) return wrong(`${written.type.value} needs columns`, "add `columns: [a, b]`");
      return { kind: written.type.value, columns, span };
    case "not_null":
      if (column === undefined || columns.length > 1)
        return wrong("not_null stands on one column", "put it under the column");
      return { kind: "not_null", column, span };
    case "check":
      if (written.expression === undefined)
        return wrong("check needs an expression", 'add `expression: "p between 0 and 1"`');
      return { kind: "check", expression: written.expression, span };
    default:
      return foreignKey(written, columns, resolve, found, wrong);
  }
};

const foreignKey = (
  { span, to, toColumns }: ConstraintProperties,
  columns: readonly string[],
  resolve: Resolve,
  found: Diagnostic[],
  wrong: (message: string, help: string) => undefined,
): Unnamed | undefined => {
  const form = "for example `to: ref('teams')` and `to_columns: [team_id]`";
  if (columns.length === 0) return wrong("foreign_key needs columns", "add `columns: [a]`");
  if (to === undefined || toColumns.length === 0) return wrong("foreign_key needs `to` and `to_columns`", form);
  if (toColumns.length !== columns.length)
    return wrong(`foreign_key has ${columns.length} columns and refers to ${toColumns.length}`, "one for each");
  const reference = yamlReference(to);
  if (reference === undefined) return wrong(`\`to\` is no reference: ${to.value}`, form);
  const node = resolve(reference.request, reference.span);
  if (!node.ok) {
    found.push(...node.diagnostics);
    return undefined;
  }
  return { kind: "foreign_key", columns, to: node.value, toColumns: toColumns.map((c) => c.value), span };
};

/** Gives each constraint its name: the author's, or PostgreSQL's own form. `taken` are the names of the schema. */
export const nameConstraints = (
  table: string,
  unnamed: readonly NamingConstraint[],
  taken: Set<string>,
): readonly Constraint[] =>
  unnamed.map(({ written, constraint }) => ({
    ...constraint,
    name: written?.value ?? generatedName(table, constraint, taken),
  }));

const generatedName = (table: string, constraint: Unnamed, taken: Set<string>): string => {
  switch (constraint.kind) {
    case "primary_key":
      return chooseName(table, [], "pkey", taken);
    case "unique":
      return chooseName(table, constraint.columns, "key", taken);
    case "foreign_key":
      return chooseName(table, constraint.columns, "fkey", taken);
    case "not_null":
      return chooseName(table, [constraint.column], "not_null", taken);
    case "check":
      return chooseName(table, [], "check", taken);
  }
};
