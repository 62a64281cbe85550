/** From `indexes:` as written to index specs, whose names may still be missing. */

import type { IndexColumn, IndexSpec } from "../../domain/config.ts";
import { checkMapping } from "../../domain/config-check.ts";
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import type { Tree } from "../../domain/tree.ts";
import { namesAt, textAt, valueAt } from "../../domain/tree-read.ts";

/** A spec without a name: link chooses it when it knows all names of the schema. */
export const UNNAMED = "";

export const readIndexes = (tree: Tree | undefined, found: Diagnostic[]): readonly IndexSpec[] =>
  tree?.kind === "list" ? tree.items.flatMap((item) => readIndex(item, found) ?? []) : [];

const readIndex = (tree: Tree, found: Diagnostic[]): IndexSpec | undefined => {
  const wrong = checkMapping(tree, "index");
  found.push(...wrong);
  const written = valueAt(tree, "columns");
  if (written === undefined || wrong.some((d) => d.severity === "error")) return undefined;
  const columns = (written.kind === "list" ? written.items : [written]).flatMap((c) => readColumn(c, found) ?? []);
  if (written.kind === "list" && written.items.length === 0)
    found.push(errorOf("link/bad-index", "an index needs a column", { at: written.span }));
  if (columns.length === 0) return undefined;
  const unique = valueAt(tree, "unique");
  return {
    name: textAt(tree, "name")?.value ?? UNNAMED,
    columns,
    isUnique: unique?.kind === "scalar" && unique.value === true,
    method: textAt(tree, "type")?.value ?? "btree",
    include: namesAt(tree, "include").map((n) => n.value),
    where: textAt(tree, "where"),
    span: textAt(tree, "name")?.span ?? written.span,
  };
};

const readColumn = (tree: Tree, found: Diagnostic[]): IndexColumn | undefined => {
  if (tree.kind === "scalar" && typeof tree.value === "string")
    return { key: { kind: "column", name: tree.value }, order: undefined, nulls: undefined, opclass: undefined };
  const wrong = checkMapping(tree, "index column");
  found.push(...wrong);
  if (wrong.some((d) => d.severity === "error")) return undefined;
  const column = textAt(tree, "column");
  const expression = textAt(tree, "expression");
  if ((column === undefined) === (expression === undefined)) {
    const help = 'for example `{ column: season, order: desc }` or `{ expression: "lower(code)" }`';
    found.push(
      errorOf("link/bad-index", "an index's column is either `column` or `expression`", { at: tree.span, help }),
    );
    return undefined;
  }
  const order = textAt(tree, "order")?.value;
  const nulls = textAt(tree, "nulls")?.value;
  return {
    key:
      expression !== undefined
        ? { kind: "expression", text: expression }
        : { kind: "column", name: column?.value ?? "" },
    order: order === "asc" || order === "desc" ? order : undefined,
    nulls: nulls === "first" || nulls === "last" ? nulls : undefined,
    opclass: textAt(tree, "opclass")?.value,
  };
};
