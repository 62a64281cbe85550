/**
 * A query and one of its columns in; the pattern in it that most often lets the future in out, with the place of the guide
 * that shows it right. A guess by reading: what the builds found is a finding with or without it.
 */
import { eachPart, isTree, type Tree } from "./parser.ts";

export type LeakSign = {
  readonly what: string;
  /** The line of the query that shows it; empty where none does. */
  readonly shown: string;
  readonly anchor: LeakAnchor;
};

/** Headings of docs/leakage.md. */
export const LEAK_ANCHORS = [
  "at-or-before-join",
  "centred-window",
  "current-row",
  "default-frame",
  "frame-following",
  "global-mean",
  "lag-over-desc",
  "latest-row",
  "lead",
  "median",
  "played-flag",
  "ranks",
  "raw-outcome",
  "rows-chosen-by-the-outcome",
  "target-encoding",
] as const;

type LeakAnchor = (typeof LEAK_ANCHORS)[number];

export type SignRequest = {
  readonly column: string | undefined;
  /** Columns that say when a row's event took place. */
  readonly times: readonly string[];
};

type Search = {
  readonly text: string;
  readonly offsetOf: (location: unknown) => number;
  readonly times: ReadonlySet<string>;
  readonly signs: Ranked[];
};

/** The lower, the surer. */
type Ranked = LeakSign & { readonly rank: number };

export const leakSignIn = (
  tree: Tree,
  text: string,
  offsetOf: (location: unknown) => number,
  { column, times }: SignRequest,
): LeakSign | undefined => {
  const search: Search = { text, offsetOf, times: new Set(times), signs: [] };
  const expressions = column === undefined ? [] : expressionsOf(tree, column);
  for (const expression of expressions) eachPart(expression, (key, part) => noteSign(key, part, search));
  const all: Search = { ...search, signs: [] };
  eachPart(tree, (key, part) => noteSign(key, part, all));
  // Of the whole query only what stands beside the columns says something of this one.
  const sign = best([...search.signs, ...all.signs.filter((s) => AROUND.has(s.anchor))]);
  if (sign !== undefined) return sign;
  if (column === undefined) return ROWS;
  return expressions.length > 0 && !expressions.some(callsAnything) ? RAW : best(all.signs);
};

const ROWS: LeakSign = {
  what: "rows chosen by what is known only later",
  shown: "",
  anchor: "rows-chosen-by-the-outcome",
};
const RAW: LeakSign = { what: "a column of an outcome, passed on as it is", shown: "", anchor: "raw-outcome" };
const AROUND: ReadonlySet<LeakAnchor> = new Set(["at-or-before-join", "latest-row"]);

const best = (signs: readonly Ranked[]): LeakSign | undefined => {
  const [first] = [...signs].sort((a, b) => a.rank - b.rank);
  return first && { what: first.what, shown: first.shown, anchor: first.anchor };
};

/** What stands under the column's name, here and in the CTEs and subqueries that it takes from by that name or another. */
const expressionsOf = (tree: Tree, column: string): readonly Tree[] => {
  const byName = new Map<string, Tree[]>();
  collectTargets(tree, byName);
  const found = new Set<Tree>();
  const asked = new Set<string>();
  const waiting = [column];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (asked.has(name)) continue;
    asked.add(name);
    for (const expression of byName.get(name) ?? []) {
      found.add(expression);
      waiting.push(...columnNames(expression));
    }
  }
  return [...found];
};

const collectTargets = (node: unknown, byName: Map<string, Tree[]>): void => {
  if (Array.isArray(node)) {
    for (const item of node) collectTargets(item, byName);
    return;
  }
  if (!isTree(node)) return;
  const target = node["ResTarget"];
  if (isTree(target) && isTree(target["val"])) {
    const bare = "ColumnRef" in target["val"] ? columnNames(target["val"]).at(-1) : undefined;
    const name = typeof target["name"] === "string" ? target["name"] : bare;
    if (name !== undefined) byName.set(name, [...(byName.get(name) ?? []), target["val"]]);
  }
  for (const value of Object.values(node)) collectTargets(value, byName);
};

const columnNames = (node: unknown): readonly string[] => {
  if (Array.isArray(node)) return node.flatMap(columnNames);
  if (!isTree(node)) return [];
  const reference = node["ColumnRef"];
  if (isTree(reference)) {
    const last = stringIn((Array.isArray(reference["fields"]) ? reference["fields"] : []).at(-1));
    return last === undefined ? [] : [last];
  }
  return Object.values(node).flatMap(columnNames);
};

const callsAnything = (node: unknown): boolean => {
  if (Array.isArray(node)) return node.some(callsAnything);
  if (!isTree(node)) return false;
  return "FuncCall" in node || "SubLink" in node || Object.values(node).some(callsAnything);
};

const noteSign = (key: string, value: Tree, search: Search): void => {
  if (key === "FuncCall") noteCall(value, search);
  else if (key === "SubLink" && value["subLinkType"] === "EXISTS_SUBLINK")
    search.signs.push({ rank: 6, what: "whether a row of an outcome exists", shown: "", anchor: "played-flag" });
  else if (key === "A_Expr") noteComparison(value, search);
  else if (key === "SelectStmt") noteLatest(value, search);
};

const RANKS: ReadonlySet<string> = new Set(["rank", "dense_rank", "percent_rank", "cume_dist", "ntile", "row_number"]);
const WITHIN: ReadonlySet<string> = new Set(["percentile_cont", "percentile_disc", "mode"]);
const AGGREGATES: ReadonlySet<string> = new Set(
  "avg sum count min max stddev stddev_samp stddev_pop variance var_samp var_pop bool_and bool_or every array_agg string_agg corr regr_slope regr_intercept regr_r2 covar_pop covar_samp".split(
    " ",
  ),
);

const noteCall = (call: Tree, search: Search): void => {
  const name = stringIn((Array.isArray(call["funcname"]) ? call["funcname"] : []).at(-1)) ?? "";
  const over = call["over"];
  const shown = shownAt(call, search);
  const add = (rank: number, what: string, anchor: LeakAnchor): void => {
    search.signs.push({ rank, what, shown, anchor });
  };
  if (isTree(over)) {
    const [rank, what, anchor] = windowSign(name, over) ?? [];
    if (rank !== undefined && what !== undefined && anchor !== undefined) add(rank, what, anchor);
    return;
  }
  if (WITHIN.has(name)) add(3, "whole-table statistic", "median");
  else if (AGGREGATES.has(name) && call["agg_filter"] === undefined)
    add(5, "aggregate over rows of all time", "target-encoding");
};

const windowSign = (name: string, over: Tree): readonly [number, string, LeakAnchor] | undefined => {
  const order = Array.isArray(over["orderClause"]) ? over["orderClause"] : [];
  const options = typeof over["frameOptions"] === "number" ? over["frameOptions"] : 0;
  const isNamed = typeof over["name"] === "string" || typeof over["refname"] === "string";
  const isDescending = order.some(
    (o) => isTree(o) && isTree(o["SortBy"]) && o["SortBy"]["sortby_dir"] === "SORTBY_DESC",
  );
  if (name === "lead") return [1, "looks ahead", "lead"];
  if (name === "lag")
    return isDescending ? [1, "looks back from the end, for the order descends", "lag-over-desc"] : undefined;
  if (RANKS.has(name)) return [3, "rank among rows of all time", "ranks"];
  if (order.length === 0 && !isNamed) return [2, "whole-table statistic without an order", "global-mean"];
  if ((options & FRAME.endFollowing) !== 0) return [1, "the frame goes beyond the current row", "centred-window"];
  if ((options & FRAME.endUnboundedFollowing) !== 0) return [1, "the frame goes on to the end", "frame-following"];
  if ((options & FRAME.nonDefault) === 0)
    return [2, "the default frame, which ends with the current row and its peers", "default-frame"];
  const endsHere = (options & FRAME.endCurrent) !== 0 && (options & FRAME.excluding) === 0;
  return endsHere ? [2, "the frame ends with the current row", "current-row"] : undefined;
};

/** As parsenodes.h has them. */
const FRAME = {
  nonDefault: 0x1,
  endUnboundedFollowing: 0x100,
  endCurrent: 0x400,
  endFollowing: 0x4000,
  excluding: 0x8000,
} as const;

const noteComparison = (expression: Tree, { times, signs, text, offsetOf }: Search): void => {
  const operator = stringIn((Array.isArray(expression["name"]) ? expression["name"] : []).at(-1));
  if (operator !== "<=" && operator !== ">=") return;
  const names = [...columnNames(expression["lexpr"]), ...columnNames(expression["rexpr"])];
  const isTime = names.some((n) => times.has(n) || /date|time|_at$|day/i.test(n));
  if (!isTime) return;
  const end = offsetOf(expression["location"]);
  const shown = around(text, end);
  signs.push({
    rank: 4,
    what: "a join or filter that takes the row's own time too",
    shown,
    anchor: "at-or-before-join",
  });
};

/** `order by … desc limit 1` without a condition on time: the latest of all. */
const noteLatest = (select: Tree, { signs }: Search): void => {
  const order = Array.isArray(select["sortClause"]) ? select["sortClause"] : [];
  const isDescending = order.some(
    (o) => isTree(o) && isTree(o["SortBy"]) && o["SortBy"]["sortby_dir"] === "SORTBY_DESC",
  );
  const distinct = Array.isArray(select["distinctClause"]) && select["distinctClause"].length > 0;
  if (isDescending && (select["limitCount"] !== undefined || distinct) && select["whereClause"] === undefined)
    signs.push({ rank: 4, what: "the latest row of all, not of the time before", shown: "", anchor: "latest-row" });
};

/** From the call's name to the end of its line. */
const shownAt = (call: Tree, { text, offsetOf }: Search): string => {
  const from = offsetOf(call["location"]);
  return text.slice(from).split("\n", 1)[0] ?? "";
};

const around = (text: string, at: number): string => {
  const line = text.slice(text.lastIndexOf("\n", at) + 1).split("\n", 1)[0] ?? "";
  return line.trim();
};

const stringIn = (item: unknown): string | undefined => {
  const text = isTree(item) && isTree(item["String"]) ? item["String"]["sval"] : undefined;
  return typeof text === "string" ? text : undefined;
};
