/** The statements of one batch: its rows, and the record in the bookkeeping that they are there. */
import { fillIn, type Window, within } from "../../../domain/batch.ts";
import type { BatchPlan } from "../../../domain/build-steps.ts";
import type { NodeId, RelationName } from "../../../domain/names.ts";
import { ident, idents, literal, relation, type Sql, sql, textOf } from "../../../domain/sql.ts";

type Run = { readonly bookkeeping: string; readonly runId: string };

/** Where the rows of a model's batches go, and which of the query's columns. */
export type Into = { readonly table: RelationName; readonly columns: readonly string[] };

export const batchQuery = ({ first, query, windows }: BatchPlan, window: Window): Sql =>
  fillIn(window === windows[0] ? (first ?? query) : query, window);

/** Its one row tells how many rows there are, and how many of them another window would replace, or none. */
export const insertBatch = (plan: BatchPlan, window: Window, { table, columns }: Into, comment: Sql): Sql => {
  const names = idents(columns);
  return sql`${comment}with made as (
insert into ${relation(table)} (${names}) select ${names} from (
${batchQuery(plan, window)}
) as dbt_internal_source
returning ${within(ident(plan.eventTime), window)} as is_within
) select count(*) as rows, count(*) filter (where is_within is not true) as outside from made`;
};

export const recordBatch = (run: Run, node: NodeId, { isAsked }: BatchPlan, window: Window, rows: number): Sql =>
  sql`insert into ${batchesOf(run)} (run_id, node_id, batch_start, batch_end, rows, ms, read_at, is_asked) values (${uuidOf(run)}, ${literal(node)}, ${time(window.start)}, ${time(window.end)}, ${literal(rows)}, round(extract(epoch from clock_timestamp() - now()) * 1000), now(), ${literal(isAsked)})`;

/** `start` as milliseconds of the epoch. */
export const recordedBatches = (run: Run, node: NodeId): Sql =>
  sql`select round(extract(epoch from batch_start) * 1000)::text as start, rows from ${batchesOf(run)} where run_id = ${uuidOf(run)} and node_id = ${literal(node)}`;

/** In the order in which the table has them. */
export const columnNames = (table: RelationName): Sql =>
  sql`select attname as name from pg_attribute where attrelid = ${literal(textOf(relation(table)))}::regclass and attnum > 0 and not attisdropped order by attnum`;

const batchesOf = ({ bookkeeping }: Run): Sql => sql`${ident(bookkeeping)}.batches`;
const uuidOf = ({ runId }: Run): Sql => sql`${literal(runId)}::uuid`;
const time = (at: Date): Sql => sql`${literal(at.toISOString())}::timestamptz`;
