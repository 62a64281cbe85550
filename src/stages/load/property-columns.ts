/** From `columns:` and `constraints:` of a property file to columns, constraints and the columns' own data tests. */
import { checkMapping } from "../../domain/config-check.ts";
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import { knownIn } from "../../domain/known-read.ts";
import type { ColumnProperties, ConstraintProperties, DataTestProperties } from "../../domain/project.ts";
import type { Located } from "../../domain/source.ts";
import type { Tree } from "../../domain/tree.ts";
import { itemsAt, namesAt, plainMapping, plainTextAt, textAt, typedScalar, valueAt } from "../../domain/tree-read.ts";
import { readDataTests } from "./property-tests.ts";

export type ReadColumns = {
  readonly columns: readonly ColumnProperties[];
  readonly constraints: readonly ConstraintProperties[];
  readonly dataTests: readonly DataTestProperties[];
};

export const readColumns = (owner: Tree, found: Diagnostic[]): ReadColumns => {
  const columns: ColumnProperties[] = [];
  const constraints: ConstraintProperties[] = [];
  const dataTests: DataTestProperties[] = [];
  const seen = new Map<string, Located<string>>();
  for (const tree of itemsAt(owner, "columns")) {
    found.push(...checkMapping(tree, "column"));
    const name = textAt(tree, "name");
    if (name === undefined) continue;
    const first = seen.get(name.value);
    if (first !== undefined) {
      const notes = [{ message: "first here", at: first.span }];
      found.push(errorOf("load/duplicate-entry", `column \`${name.value}\` stands twice`, { at: name.span, notes }));
      continue;
    }
    seen.set(name.value, name);
    const column = columnOf(tree, name, found);
    columns.push(column);
    constraints.push(...readConstraints(tree, name, found));
    dataTests.push(...readDataTests(tree, name, column.tags, found));
  }
  return { columns, constraints, dataTests };
};

const columnOf = (tree: Tree, name: Located<string>, found: Diagnostic[]): ColumnProperties => {
  const config = valueAt(tree, "config");
  if (config !== undefined) found.push(...checkMapping(config, "column config"));
  return {
    name,
    description: plainTextAt(tree, "description"),
    dataType: textAt(tree, "data_type"),
    known: config && knownIn(config, "known", found),
    isSurrogate: config !== undefined && typedScalar(valueAt(config, "surrogate")) === true,
    tags: [tree, ...(config === undefined ? [] : [config])].flatMap((t) => namesAt(t, "tags").map((n) => n.value)),
    meta: { ...plainMapping(valueAt(tree, "meta")), ...plainMapping(config && valueAt(config, "meta")) },
  };
};

/** `column` is the one that the constraints stand on, undefined for the relation's own. */
export const readConstraints = (
  owner: Tree,
  column: Located<string> | undefined,
  found: Diagnostic[],
): readonly ConstraintProperties[] =>
  itemsAt(owner, "constraints").flatMap((tree) => {
    const wrong = checkMapping(tree, "constraint");
    found.push(...wrong);
    const type = textAt(tree, "type");
    if (type === undefined || wrong.some((d) => d.severity === "error")) return [];
    const columns = namesAt(tree, "columns");
    return {
      type,
      name: textAt(tree, "name"),
      columns: columns.length === 0 && column !== undefined ? [column] : columns,
      expression: textAt(tree, "expression"),
      to: textAt(tree, "to"),
      toColumns: namesAt(tree, "to_columns"),
      isOfColumn: column !== undefined,
      span: type.span,
    };
  });
