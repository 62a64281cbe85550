/** Where a query names a column of a relation: a parse tree in, offsets out. It knows no types, and need not. */
import { isTree, type Tree } from "./parser.ts";

export type WantedColumns = { readonly schema: string; readonly name: string; readonly columns: ReadonlySet<string> };

/** `offset` of the name, of the `*`, or of the relation that is joined `using` it. */
export type NamedColumn = {
  readonly column: string;
  readonly how: "name" | "all" | "join";
  readonly offset: number;
};

type Search = {
  readonly wanted: WantedColumns;
  readonly offsetOf: (location: unknown) => number;
  readonly found: NamedColumn[];
};

/** What the relation is called at a place: in the FROM of the query itself, and of those around it. */
type Scope = { readonly own: ReadonlySet<string>; readonly outer: ReadonlySet<string> };

const NOWHERE: Scope = { own: new Set(), outer: new Set() };

export const columnUsesIn = (
  tree: Tree,
  offsetOf: (location: unknown) => number,
  wanted: WantedColumns,
): readonly NamedColumn[] => {
  const search: Search = { wanted, offsetOf, found: [] };
  walk(tree, NOWHERE, search);
  return search.found;
};

const walk = (node: unknown, scope: Scope, search: Search): void => {
  if (Array.isArray(node)) {
    for (const item of node) walk(item, scope, search);
    return;
  }
  if (!isTree(node)) return;
  for (const [key, value] of Object.entries(node)) {
    if (key === "SelectStmt" && isTree(value)) walkSelect(value, scope, search);
    else if (key === "ColumnRef" && isTree(value)) noteColumn(value, scope, search);
    else if (key === "JoinExpr" && isTree(value)) {
      noteJoin(value, search);
      walk(value, scope, search);
    } else walk(value, scope, search);
  }
};

const walkSelect = (select: Tree, around: Scope, search: Search): void => {
  const own = new Set<string>();
  for (const { alias } of relationsIn(select["fromClause"], search.wanted)) own.add(alias);
  const scope: Scope = { own, outer: new Set([...around.outer, ...around.own]) };
  for (const [key, value] of Object.entries(select)) {
    // The sides of a union are queries without a wrapping.
    if ((key === "larg" || key === "rarg") && isTree(value)) walkSelect(value, around, search);
    else walk(value, scope, search);
  }
};

type Found = { readonly alias: string; readonly location: unknown };

/** In FROM, through joins and not into subqueries. */
const relationsIn = (from: unknown, wanted: WantedColumns): readonly Found[] => {
  if (Array.isArray(from)) return from.flatMap((item) => relationsIn(item, wanted));
  if (!isTree(from)) return [];
  const { RangeVar: named, JoinExpr: join } = from;
  if (isTree(join)) return [...relationsIn(join["larg"], wanted), ...relationsIn(join["rarg"], wanted)];
  if (!isTree(named) || named["schemaname"] !== wanted.schema || named["relname"] !== wanted.name) return [];
  const alias = isTree(named["alias"]) ? named["alias"]["aliasname"] : undefined;
  return [{ alias: typeof alias === "string" ? alias : wanted.name, location: named["location"] }];
};

/** A bare name in a query of several relations would have been refused as ambiguous if another had it, too. */
const noteColumn = (reference: Tree, { own, outer }: Scope, { wanted, offsetOf, found }: Search): void => {
  const fields = Array.isArray(reference["fields"]) ? reference["fields"] : [];
  const qualifier = fields.length > 1 ? stringIn(fields.at(-2)) : undefined;
  const isSeen =
    fields.length === 1 ? own.size > 0 : qualifier !== undefined && (own.has(qualifier) || outer.has(qualifier));
  if (!isSeen) return;
  const offset = offsetOf(reference["location"]);
  const last: unknown = fields.at(-1);
  const name = stringIn(last);
  if (name !== undefined && wanted.columns.has(name)) found.push({ column: name, how: "name", offset });
  if (isTree(last) && "A_Star" in last) for (const column of wanted.columns) found.push({ column, how: "all", offset });
};

const noteJoin = (join: Tree, { wanted, offsetOf, found }: Search): void => {
  const using = Array.isArray(join["usingClause"]) ? join["usingClause"].map(stringIn) : [];
  const [relation] = relationsIn({ JoinExpr: join }, wanted);
  if (relation === undefined) return;
  for (const column of wanted.columns)
    if (using.includes(column)) found.push({ column, how: "join", offset: offsetOf(relation.location) });
};

const stringIn = (item: unknown): string | undefined => {
  const text = isTree(item) && isTree(item["String"]) ? item["String"]["sval"] : undefined;
  return typeof text === "string" ? text : undefined;
};
