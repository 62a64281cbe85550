/** The name that the server gives to a column that has none: an expression of a parse tree in (FigureColname). */
import { isTree } from "./parser.ts";

export const columnName = (expression: unknown): string => figured(expression)?.name ?? "?column?";

/** A `String` of the tree. */
export const textIn = (node: unknown): string | undefined => {
  const text = isTree(node) && isTree(node["String"]) ? node["String"]["sval"] : undefined;
  return typeof text === "string" ? text : undefined;
};

/** A weak name gives way to that of a type that the value is cast to. */
type Figured = { readonly name: string; readonly isWeak: boolean };

const strong = (name: string): Figured => ({ name, isWeak: false });

const figured = (expression: unknown): Figured | undefined => {
  if (!isTree(expression)) return undefined;
  for (const [kind, node] of Object.entries(expression)) {
    if (!isTree(node)) return undefined;
    const found = ofKind(kind, node);
    if (found !== undefined) return found;
  }
  return undefined;
};

const ofKind = (kind: string, node: { readonly [key: string]: unknown }): Figured | undefined => {
  switch (kind) {
    case "ColumnRef":
      return lastName(node["fields"]);
    case "A_Indirection":
      return lastName(node["indirection"]) ?? figured(node["arg"]);
    case "FuncCall":
      return lastName(node["funcname"]);
    case "TypeCast": {
      const own = figured(node["arg"]);
      if (own !== undefined && !own.isWeak) return own;
      const type = isTree(node["typeName"]) ? lastName(node["typeName"]["names"]) : undefined;
      return type === undefined ? own : { ...type, isWeak: true };
    }
    case "CollateClause":
      return figured(node["arg"]);
    case "CaseExpr": {
      const last = figured(node["defresult"]);
      return last === undefined || last.isWeak ? { name: "case", isWeak: true } : last;
    }
    case "A_Expr":
      return node["kind"] === "AEXPR_NULLIF" ? strong("nullif") : undefined;
    case "MinMaxExpr":
      return strong(node["op"] === "IS_LEAST" ? "least" : "greatest");
    case "SubLink":
      return ofSubquery(node);
    case "SQLValueFunction":
      return strong(
        VALUE_FUNCTIONS[String(node["op"])] ??
          String(node["op"])
            .replace(/^SVFOP_/, "")
            .toLowerCase(),
      );
    case "XmlExpr":
      return strong(String(node["op"]).replace(/^IS_/, "").toLowerCase());
    default: {
      const name = PLAIN[kind];
      return name === undefined ? undefined : strong(name);
    }
  }
};

const PLAIN: Readonly<Record<string, string>> = {
  A_ArrayExpr: "array",
  RowExpr: "row",
  CoalesceExpr: "coalesce",
  GroupingFunc: "grouping",
  XmlSerialize: "xmlserialize",
  JsonParseExpr: "json",
  JsonScalarExpr: "json_scalar",
  JsonSerializeExpr: "json_serialize",
  JsonObjectConstructor: "json_object",
  JsonArrayConstructor: "json_array",
  JsonArrayQueryConstructor: "json_array",
  JsonObjectAgg: "json_objectagg",
  JsonArrayAgg: "json_arrayagg",
};

const VALUE_FUNCTIONS: Readonly<Record<string, string>> = {
  SVFOP_CURRENT_TIME_N: "current_time",
  SVFOP_CURRENT_TIMESTAMP_N: "current_timestamp",
  SVFOP_LOCALTIME_N: "localtime",
  SVFOP_LOCALTIMESTAMP_N: "localtimestamp",
};

/** `(select x …)` is called x. */
const ofSubquery = (link: { readonly [key: string]: unknown }): Figured | undefined => {
  if (link["subLinkType"] === "EXISTS_SUBLINK") return strong("exists");
  if (link["subLinkType"] === "ARRAY_SUBLINK") return strong("array");
  const select = isTree(link["subselect"]) ? link["subselect"]["SelectStmt"] : undefined;
  const targets = isTree(select) && link["subLinkType"] === "EXPR_SUBLINK" ? select["targetList"] : undefined;
  const [first] = Array.isArray(targets) ? (targets as readonly unknown[]) : [];
  const target = isTree(first) ? first["ResTarget"] : undefined;
  if (!isTree(target)) return undefined;
  return typeof target["name"] === "string" ? strong(target["name"]) : figured(target["val"]);
};

/** Of `a.b.c` and of `(a).b[1]` the last that is a name. */
const lastName = (fields: unknown): Figured | undefined => {
  const names = Array.isArray(fields) ? fields.flatMap((field) => textIn(field) ?? []) : [];
  const last = names.at(-1);
  return last === undefined ? undefined : strong(last);
};
