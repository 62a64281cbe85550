/** A query's parse tree in; the relations it names, the clocks it reads and what it writes out, each with its offset. */
import { isTree, type Tree } from "./parser.ts";

export type NamedRelation = {
  /** Undefined: left to the search_path. */
  readonly schema: string | undefined;
  readonly name: string;
  readonly offset: number;
};

/** `now()`, `current_timestamp` …: the time of the transaction, which differs from run to run. */
type Clock = { readonly name: string; readonly offset: number };

export type Names = {
  readonly relations: readonly NamedRelation[];
  readonly clocks: readonly Clock[];
  /** INSERT, UPDATE, DELETE or MERGE in a CTE, SELECT INTO. */
  readonly writes: readonly { readonly what: string; readonly offset: number }[];
};

type Search = {
  readonly relations: NamedRelation[];
  readonly clocks: Clock[];
  readonly writes: { readonly what: string; readonly offset: number }[];
  readonly offsetOf: (location: unknown) => number;
};

/** Names of CTEs that are visible at a place. */
type Visible = ReadonlySet<string>;

export const namesIn = (tree: Tree, offsetOf: (location: unknown) => number): Names => {
  const search: Search = { relations: [], clocks: [], writes: [], offsetOf };
  walk(tree, new Set(), search);
  return search;
};

const CLOCK_FUNCTIONS = new Set([
  "now",
  "transaction_timestamp",
  "statement_timestamp",
  "clock_timestamp",
  "timeofday",
]);

const walk = (node: unknown, visible: Visible, search: Search): void => {
  if (Array.isArray(node)) {
    for (const item of node) walk(item, visible, search);
    return;
  }
  if (!isTree(node)) return;
  const inside = isTree(node["withClause"]) ? withCtes(node["withClause"], visible, search) : visible;
  // The hot loop of compile: no array of entries is made for each of a query's hundreds of nodes.
  for (const key in node) {
    const value = node[key];
    if (typeof value !== "object" || key === "withClause") continue;
    note(key, value, inside, search);
    walk(value, inside, search);
  }
};

const note = (key: string, value: unknown, visible: Visible, search: Search): void => {
  if (!isTree(value)) return;
  switch (key) {
    case "RangeVar":
      noteRelation(value, visible, search);
      break;
    case "FuncCall":
      noteFunction(value, search);
      break;
    case "SQLValueFunction":
      noteValueFunction(value, search);
      break;
    case "InsertStmt":
    case "UpdateStmt":
    case "DeleteStmt":
    case "MergeStmt":
      noteWrite(key.replace("Stmt", "").toUpperCase(), value["relation"], search);
      break;
    case "intoClause":
      noteWrite("SELECT INTO", value["rel"], search);
      break;
    default:
      break;
  }
};

const noteWrite = (what: string, target: unknown, search: Search): void => {
  search.writes.push({ what, offset: search.offsetOf(isTree(target) ? target["location"] : undefined) });
};

const noteRelation = (value: Tree, visible: Visible, search: Search): void => {
  const { schemaname: schema, relname: name } = value;
  if (typeof name !== "string") return;
  const isQualified = typeof schema === "string";
  if (!isQualified && visible.has(name)) return;
  const offset = search.offsetOf(value["location"]);
  search.relations.push({ schema: isQualified ? schema : undefined, name, offset });
};

const noteFunction = (value: Tree, search: Search): void => {
  const parts = Array.isArray(value["funcname"]) ? value["funcname"] : [];
  const name = stringIn(parts.at(-1));
  const schema = parts.length > 1 ? stringIn(parts[0]) : "pg_catalog";
  if (name !== undefined && schema === "pg_catalog" && CLOCK_FUNCTIONS.has(name))
    search.clocks.push({ name: `${name}()`, offset: search.offsetOf(value["location"]) });
};

const noteValueFunction = (value: Tree, search: Search): void => {
  // SVFOP_CURRENT_TIMESTAMP_N: the name in capitals, _N when a precision follows.
  const op = String(value["op"])
    .replace(/^SVFOP_/, "")
    .replace(/_N$/, "");
  if (/^(CURRENT|LOCAL)_?(DATE|TIME|TIMESTAMP)$/.test(op))
    search.clocks.push({ name: op.toLowerCase(), offset: search.offsetOf(value["location"]) });
};

/** Walks the CTEs; what they are called is visible to the later ones, with RECURSIVE to all, and to the query. */
const withCtes = (clause: Tree, visible: Visible, search: Search): Visible => {
  const ctes = (Array.isArray(clause["ctes"]) ? clause["ctes"] : []).flatMap((item) =>
    isTree(item) && isTree(item["CommonTableExpr"]) ? [item["CommonTableExpr"]] : [],
  );
  const names = ctes.map((cte) => String(cte["ctename"]));
  const all = new Set([...visible, ...names]);
  ctes.forEach((cte, i) => {
    const seen = clause["recursive"] === true ? all : new Set([...visible, ...names.slice(0, i)]);
    walk(cte["ctequery"], seen, search);
  });
  return all;
};

const stringIn = (item: unknown): string | undefined => {
  const text = isTree(item) && isTree(item["String"]) ? item["String"]["sval"] : undefined;
  return typeof text === "string" ? text : undefined;
};
