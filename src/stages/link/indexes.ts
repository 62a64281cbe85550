/** From `indexes:` as written to index specs, whose names may still be missing. */

import type { IndexColumn, IndexSpec } from "../../domain/config.ts";
import { checkMapping } from "../../domain/config-check.ts";
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import type { Tree } from "../../domain/tree.ts";
import { namesAt, textAt, typedScalar, valueAt } from "../../domain/tree-read.ts";
import { readParameters } from "./storage.ts";

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
  return {
    name: textAt(tree, "name")?.value ?? UNNAMED,
    columns,
    isUnique: typedScalar(valueAt(tree, "unique")) === true,
    method: textAt(tree, "type")?.value ?? "btree",
    include: namesAt(tree, "include").map((n) => n.value),
    where: textAt(tree, "where"),
    isNullsNotDistinct: typedScalar(valueAt(tree, "nulls_not_distinct")) === true,
    parameters: readParameters(valueAt(tree, "storage_parameters"), found),
    tablespace: textAt(tree, "tablespace")?.value,
    span: textAt(tree, "name")?.span ?? written.span,
  };
};

const PLAIN = { order: undefined, nulls: undefined, opclass: undefined, collation: undefined };

const readColumn = (tree: Tree, found: Diagnostic[]): IndexColumn | undefined => {
  if (tree.kind === "scalar" && typeof tree.value === "string")
    return { ...PLAIN, key: { kind: "column", name: tree.value } };
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
    collation: textAt(tree, "collation")?.value,
  };
};
