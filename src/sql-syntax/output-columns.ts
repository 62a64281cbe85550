/** What a query calls its columns, as the server would name them: a parse tree in, names out. It knows no types. */
import { columnName, textIn } from "./column-names.ts";
import { isTree, type Tree } from "./parser.ts";

/** `isComplete: false`: there may be more, behind a `*` over something unknown. */
export type OutputColumns = { readonly names: readonly string[]; readonly isComplete: boolean };

/** Undefined: nobody knows. `schema` is undefined for a name without one. */
export type KnownRelations = (schema: string | undefined, name: string) => OutputColumns | undefined;

const UNKNOWN: OutputColumns = { names: [], isComplete: false };

export const outputColumns = (tree: Tree, known: KnownRelations): OutputColumns => {
  const { SelectStmt: select } = tree;
  return isTree(select) ? ofSelect(select, { known, ctes: new Map(), around: [] }) : UNKNOWN;
};

type Scope = {
  readonly known: KnownRelations;
  readonly ctes: ReadonlyMap<string, OutputColumns>;
  /** FROM of the queries around, which a lateral one sees. */
  readonly around: readonly FromItem[];
};

type FromItem = { readonly alias: string | undefined; readonly columns: OutputColumns };

/** What can be named in it, and what a bare `*` means. */
type From = { readonly items: readonly FromItem[]; readonly all: OutputColumns };

const NOTHING: From = { items: [], all: { names: [], isComplete: true } };

const ofSelect = (select: Tree, around: Scope): OutputColumns => {
  const scope = { ...around, ctes: ctesOf(select["withClause"], around) };
  const { larg, valuesLists, targetList, fromClause } = select;
  // The first side of a union names the columns.
  if (isTree(larg)) return ofSelect(larg, scope);
  if (Array.isArray(valuesLists)) return numbered(listIn(valuesLists[0]).length);
  const from = listIn(fromClause).reduce<From>((before, item) => {
    const more = fromOf(item, { ...scope, around: [...scope.around, ...before.items] });
    return { items: [...before.items, ...more.items], all: together([before.all, more.all]) };
  }, NOTHING);
  return together(listIn(targetList).map((target) => ofTarget(target, from, scope.around)));
};

/** `with`, in order: each sees those before it, and a recursive one is named by the part that does not see itself. */
const ctesOf = (clause: unknown, scope: Scope): ReadonlyMap<string, OutputColumns> => {
  const ctes = new Map(scope.ctes);
  for (const item of isTree(clause) ? listIn(clause["ctes"]) : []) {
    const cte = isTree(item) ? item["CommonTableExpr"] : undefined;
    if (!isTree(cte)) continue;
    const query = isTree(cte["ctequery"]) ? cte["ctequery"]["SelectStmt"] : undefined;
    const own = isTree(query) ? ofSelect(query, { ...scope, ctes }) : UNKNOWN;
    ctes.set(String(cte["ctename"]), renamed(own, namesIn(cte["aliascolnames"])));
  }
  return ctes;
};

const ofTarget = (target: unknown, { items, all }: From, around: readonly FromItem[]): OutputColumns => {
  const { ResTarget: result } = isTree(target) ? target : {};
  if (!isTree(result)) return UNKNOWN;
  if (typeof result["name"] === "string") return named(result["name"]);
  const { val } = result;
  const fields = isTree(val) && isTree(val["ColumnRef"]) ? listIn(val["ColumnRef"]["fields"]) : [];
  const last = fields.at(-1);
  if (isTree(last) && "A_Star" in last) {
    if (fields.length === 1) return all;
    const alias = textIn(fields.at(-2));
    return [...items, ...[...around].reverse()].find((item) => item.alias === alias)?.columns ?? UNKNOWN;
  }
  const indirection = isTree(val) && isTree(val["A_Indirection"]) ? listIn(val["A_Indirection"]["indirection"]) : [];
  // `(row).*`
  if (indirection.some((part) => isTree(part) && "A_Star" in part)) return UNKNOWN;
  return named(columnName(val));
};

const fromOf = (item: unknown, scope: Scope): From => {
  if (!isTree(item)) return NOTHING;
  const { RangeVar: table, RangeSubselect: sub, JoinExpr: join, RangeFunction: called, RangeTableSample: part } = item;
  if (isTree(join)) return joined(join, scope);
  if (isTree(part)) return fromOf(part["relation"], scope);
  if (isTree(table)) return alone(relationItem(table, scope));
  if (isTree(called)) return alone(functionItem(called));
  const query = isTree(sub) && isTree(sub["subquery"]) ? sub["subquery"]["SelectStmt"] : undefined;
  const own = isTree(query) ? ofSelect(query, scope) : UNKNOWN;
  return alone(aliased(own, isTree(sub) ? sub["alias"] : undefined, undefined));
};

const alone = (item: FromItem): From => ({ items: [item], all: item.columns });

/** `using` and `natural`: the columns that are joined by come first, and once. */
const joined = (join: Tree, scope: Scope): From => {
  const left = fromOf(join["larg"], scope);
  const right = fromOf(join["rarg"], { ...scope, around: [...scope.around, ...left.items] });
  const shared = join["isNatural"] === true ? left.all.names.filter((name) => right.all.names.includes(name)) : [];
  const first = { names: [...namesIn(join["usingClause"]), ...shared], isComplete: true };
  const all = together([first, left.all, right.all]);
  if (isTree(join["alias"])) return alone(aliased(all, join["alias"], undefined));
  return { items: [...left.items, ...right.items], all };
};

const relationItem = (table: Tree, { ctes, known }: Scope): FromItem => {
  const name = String(table["relname"]);
  const schema = typeof table["schemaname"] === "string" ? table["schemaname"] : undefined;
  const own = (schema === undefined ? ctes.get(name) : undefined) ?? known(schema, name) ?? UNKNOWN;
  return aliased(own, table["alias"], name);
};

/** Functions that give one column, called like their alias. */
const SCALAR = new Set([
  "generate_series",
  "unnest",
  "regexp_split_to_table",
  "string_to_table",
  "generate_subscripts",
]);

const functionItem = (called: Tree): FromItem => {
  const { alias, functions, coldeflist, ordinality } = called;
  const definitions = listIn(coldeflist).flatMap((d) => (isTree(d) && isTree(d["ColumnDef"]) ? [d["ColumnDef"]] : []));
  if (definitions.length > 0) {
    const names = definitions.map((d) => String(d["colname"]));
    return aliased({ names, isComplete: true }, alias, undefined);
  }
  const [first] = listIn(functions);
  // Each is a list of the call and of its own column definitions.
  const call = isTree(first) && isTree(first["List"]) ? listIn(first["List"]["items"])[0] : undefined;
  const name = columnName(call);
  const isScalar = SCALAR.has(name) && listIn(functions).length === 1;
  const aliasName = isTree(alias) ? String(alias["aliasname"]) : name;
  const own = isScalar
    ? { names: [aliasName, ...(ordinality === true ? ["ordinality"] : [])], isComplete: true }
    : UNKNOWN;
  return aliased(own, alias, name);
};

const aliased = (own: OutputColumns, alias: unknown, name: string | undefined): FromItem => {
  if (!isTree(alias)) return { alias: name, columns: own };
  return { alias: String(alias["aliasname"]), columns: renamed(own, namesIn(alias["colnames"])) };
};

/** Given names stand for the first columns. */
const renamed = ({ names, isComplete }: OutputColumns, given: readonly string[]): OutputColumns => ({
  names: [...given, ...(isComplete ? names.slice(given.length) : [])],
  isComplete,
});

const together = (all: readonly OutputColumns[]): OutputColumns => ({
  names: [...new Set(all.flatMap((columns) => columns.names))],
  isComplete: all.every((columns) => columns.isComplete),
});

const named = (name: string): OutputColumns => ({ names: [name], isComplete: true });

const numbered = (count: number): OutputColumns => ({
  names: Array.from({ length: count }, (_, i) => `column${i + 1}`),
  isComplete: true,
});

const listIn = (value: unknown): readonly unknown[] => {
  if (Array.isArray(value)) return value;
  return isTree(value) && isTree(value["List"]) ? listIn(value["List"]["items"]) : [];
};

const namesIn = (value: unknown): readonly string[] => listIn(value).flatMap((item) => textIn(item) ?? []);
