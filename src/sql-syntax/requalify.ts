/** A statement as the server prints it, with every name of some relations replaced: tables, and the types of their rows. */
import { type RelationName, relationKey } from "../domain/names.ts";
import { ident, relation, type Sql, sql, textOf } from "../domain/sql.ts";
import { isTree, loadParser, type Tree } from "./parser.ts";
import { sliceSql } from "./slice.ts";

/** By relationKey, what it is to be called. */
export type NewNames = ReadonlyMap<string, RelationName>;

/** Names without a schema are left alone: what is printed under an empty search_path has none that matter. */
export type Requalify = (statement: Sql, names: NewNames) => Sql;

export const loadRequalifier = async (): Promise<Requalify> => {
  const parse = await loadParser();
  return (statement, names) => {
    const parsed = parse(textOf(statement));
    if (parsed.kind === "error") throw new Error(`the server's own statement is not read: ${parsed.message}`);
    const found: Found[] = [];
    for (const { tree } of parsed.statements) collect(tree, names, found);
    const edits = found.map((f) => ({ ...f, offset: parsed.offsetOf(f.location) })).sort((a, b) => a.offset - b.offset);
    const text = textOf(statement);
    let done = 0;
    let changed = sql``;
    for (const { offset, name, alias } of edits) {
      const length = QUALIFIED.exec(text.slice(offset))?.[0].length;
      if (length === undefined) throw new Error(`no name stands at ${offset} of ${text}`);
      const called = alias === undefined ? sql`` : sql` as ${ident(alias)}`;
      changed = sql`${changed}${sliceSql(statement, done, offset)}${relation(name)}${called}`;
      done = offset + length;
    }
    return sql`${changed}${sliceSql(statement, done, text.length)}`;
  };
};

type Found = {
  readonly location: unknown;
  readonly name: RelationName;
  /** What columns are qualified with, where that is the old name. */
  readonly alias: string | undefined;
};

/** As quote_ident prints it. */
const QUALIFIED = /^(?:"(?:[^"]|"")*"|[a-z_][a-z0-9_$]*)\.(?:"(?:[^"]|"")*"|[a-z_][a-z0-9_$]*)/;

const collect = (node: unknown, names: NewNames, found: Found[]): void => {
  if (Array.isArray(node)) {
    for (const item of node) collect(item, names, found);
    return;
  }
  if (!isTree(node)) return;
  const called = relationName(node);
  if (called !== undefined) {
    const to = names.get(relationKey(called));
    const isSaid = isTree(node["alias"]) || to?.name === called.name;
    if (to !== undefined) found.push({ location: node["location"], name: to, alias: isSaid ? undefined : called.name });
    return;
  }
  const type = typeName(node);
  const to = type === undefined ? undefined : names.get(relationKey(type));
  if (to !== undefined) found.push({ location: node["location"], name: to, alias: undefined });
  for (const key in node) {
    const before = found.length;
    collect(node[key], names, found);
    // Nothing is qualified with the table that a rule stands on, and it takes no alias.
    if (key === "relation" && "rulename" in node)
      for (const [i, item] of found.entries()) if (i >= before) found[i] = { ...item, alias: undefined };
  }
};

const relationName = ({ schemaname: schema, relname: name }: Tree): RelationName | undefined =>
  typeof schema === "string" && typeof name === "string" ? { schema, name } : undefined;

/** A TypeName has its names, then what only types have. */
const typeName = (node: Tree): RelationName | undefined => {
  const { names } = node;
  if (!Array.isArray(names) || node["typemod"] === undefined) return undefined;
  const [schema, name, more] = names.map((part) =>
    isTree(part) && isTree(part["String"]) ? part["String"]["sval"] : undefined,
  );
  return typeof schema === "string" && typeof name === "string" && more === undefined ? { schema, name } : undefined;
};
