/**
 * A query's parse tree in; each name that could be one of a column it reads out, rather too many than too few, and
 * whether it may read all columns: `*`, a natural join, a whole row.
 */
import { eachPart, isTree, type Tree } from "./parser.ts";

export type NamedWords = { readonly words: ReadonlySet<string>; readonly mayReadAll: boolean };

export const namedWordsIn = (trees: readonly Tree[]): NamedWords => {
  const search: Search = { words: new Set(), rows: new Set(), last: new Set(), mayReadAll: false };
  eachPart(trees, (key, part) => note(key, part, search));
  const readsRow = [...search.last].some((word) => search.rows.has(word));
  return { words: search.words, mayReadAll: search.mayReadAll || readsRow };
};

type Search = {
  readonly words: Set<string>;
  /** What rows are called: relations, and their aliases. */
  readonly rows: Set<string>;
  /** Names that end a reference: that of a row means all of it. */
  readonly last: Set<string>;
  mayReadAll: boolean;
};

const note = (key: string, value: Tree, search: Search): void => {
  if (key === "ColumnRef") noteColumn(value, search);
  else if (key === "JoinExpr") {
    if (value["isNatural"] === true) search.mayReadAll = true;
    for (const word of stringsIn(value["usingClause"])) search.words.add(word);
  } else if (key === "RangeVar") {
    if (typeof value["relname"] === "string") search.rows.add(value["relname"]);
    // Its columns are called otherwise from here on.
    if (isTree(value["alias"]) && stringsIn(value["alias"]["colnames"]).length > 0) search.mayReadAll = true;
  } else if (key === "alias" && typeof value["aliasname"] === "string") search.rows.add(value["aliasname"]);
};

/** Of `a.b.c` each may be the column, for what follows it may be a field; what stands last may be a row. */
const noteColumn = (reference: Tree, search: Search): void => {
  const fields = Array.isArray(reference["fields"]) ? reference["fields"] : [];
  if (fields.some((field) => isTree(field) && "A_Star" in field)) search.mayReadAll = true;
  const names = stringsIn(fields);
  for (const name of names) search.words.add(name);
  const last = names.at(-1);
  if (last !== undefined) search.last.add(last);
};

const stringsIn = (items: unknown): readonly string[] =>
  (Array.isArray(items) ? items : []).flatMap((item) => {
    const text = isTree(item) && isTree(item["String"]) ? item["String"]["sval"] : undefined;
    return typeof text === "string" ? [text] : [];
  });
