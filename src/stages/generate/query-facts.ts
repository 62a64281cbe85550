/** A query in; which columns of a relation it reads, and what it asks that answers otherwise on another day, out. */
import { type Sql, textOf } from "../../domain/sql.ts";
import { columnUsesIn, type WantedColumns } from "../../sql-syntax/column-uses.ts";
import { functionsIn } from "../../sql-syntax/functions.ts";
import { isTree, loadParser } from "../../sql-syntax/parser.ts";

const UNSTEADY: ReadonlySet<string> = new Set([
  "now",
  "transaction_timestamp",
  "statement_timestamp",
  "clock_timestamp",
  "timeofday",
  "random",
  "random_normal",
  "gen_random_uuid",
  "uuidv4",
  "uuidv7",
  "uuid_generate_v1",
  "uuid_generate_v4",
  "nextval",
  "txid_current",
  "pg_current_xact_id",
]);

export const columnsRead = async (query: Sql, wanted: WantedColumns): Promise<ReadonlySet<string>> => {
  const parsed = (await loadParser())(textOf(query));
  if (parsed.kind === "error") return wanted.columns;
  const uses = parsed.statements.flatMap(({ tree }) => columnUsesIn(tree, parsed.offsetOf, wanted));
  return new Set(uses.map(({ column }) => column));
};

/** What a name does not tell, two runs of the query may. */
export const unsteadyIn = async (query: Sql): Promise<readonly string[]> => {
  const parsed = (await loadParser())(textOf(query));
  if (parsed.kind === "error") return [];
  const trees = parsed.statements.map(({ tree }) => tree);
  const called = trees.flatMap((tree) => functionsIn(tree).map(({ name }) => name));
  return [...new Set([...called.filter((name) => UNSTEADY.has(name)), ...trees.flatMap(timesIn)])];
};

/** `current_date` and its like have a node of their own: `SVFOP_CURRENT_DATE`. */
const timesIn = (node: unknown): readonly string[] => {
  if (Array.isArray(node)) return node.flatMap(timesIn);
  if (!isTree(node)) return [];
  return Object.entries(node).flatMap(([key, value]) => {
    const op = key === "SQLValueFunction" && isTree(value) ? String(value["op"]) : "";
    const time = /^SVFOP_((?:CURRENT|LOCAL)_?(?:DATE|TIME|TIMESTAMP))(?:_N)?$/.exec(op)?.[1];
    return time === undefined ? timesIn(value) : [time.toLowerCase()];
  });
};
