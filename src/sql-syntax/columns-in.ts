/** An SQL condition over one row in, the columns that it names out, in their order; those of subqueries are not the row's. */
import { type Sql, textOf } from "../domain/sql.ts";
import { isTree, loadParser, type Parse } from "./parser.ts";

export type ColumnsIn = (condition: Sql) => readonly string[];

export const loadColumnReader = async (): Promise<ColumnsIn> => {
  const parse = await loadParser();
  return (condition) => columnsIn(parse, condition);
};

/** What cannot be read names none: the server has the word on whether it is SQL. */
const columnsIn = (parse: Parse, condition: Sql): readonly string[] => {
  const parsed = parse(`select where (\n${textOf(condition)}\n)`);
  if (parsed.kind === "error") return [];
  const found = new Set<string>();
  walk(
    parsed.statements.map((s) => s.tree),
    found,
  );
  return [...found];
};

const walk = (node: unknown, found: Set<string>): void => {
  if (Array.isArray(node)) {
    for (const item of node) walk(item, found);
    return;
  }
  if (!isTree(node)) return;
  for (const [key, value] of Object.entries(node)) {
    if (key === "ColumnRef" && isTree(value)) {
      const name = lastName(value["fields"]);
      if (name !== undefined) found.add(name);
    } else if (key === "SubLink" && isTree(value)) walk(value["testexpr"], found);
    else walk(value, found);
  }
};

const lastName = (fields: unknown): string | undefined => {
  const last: unknown = Array.isArray(fields) ? fields.at(-1) : undefined;
  const text = isTree(last) && isTree(last["String"]) ? last["String"]["sval"] : undefined;
  return typeof text === "string" ? text : undefined;
};
