/** Failing rows in Galley's own tables, as SQL: how they are stored beside the results of their tests, and when they go. */
import { ageSeconds } from "../../domain/freshness.ts";
import type { NodeId } from "../../domain/names.ts";
import type { Retention } from "../../domain/retention.ts";
import { ident, joinSql, literal, type Sql, sql } from "../../domain/sql.ts";
import type { StoredRows } from "./failing-rows.ts";

type Run = { readonly bookkeeping: string; readonly runId: string };

type Failing = { readonly test: NodeId; readonly stored: StoredRows | undefined };

/** All of a run go in one message: what does not fit is left out, and the counts tell. */
const MOST_CHARACTERS = 2 ** 26;

/** Undefined: there is nothing to store. */
export const insertTestFailures = ({ bookkeeping, runId }: Run, records: readonly Failing[]): Sql | undefined => {
  let room = MOST_CHARACTERS;
  const values = records.flatMap(({ test, stored }): readonly Sql[] => {
    const rows = (stored?.rows ?? []).filter((row) => {
      room -= row.length;
      return room >= 0;
    });
    if (stored === undefined || rows.length === 0) return [];
    return [sql`(${literal(test)}, ${array(stored.key)}::text[], ${array(rows)}::jsonb[])`];
  });
  if (values.length === 0) return undefined;
  return sql`insert into ${ident(bookkeeping)}.test_failures (run_id, test_id, n, key, row)
select ${literal(runId)}::uuid, v.test_id, f.n, (select jsonb_object_agg(k, f.row -> k) from unnest(v.key) as k), f.row
from (values ${joinSql(values, sql`, `)}) as v (test_id, key, rows) cross join lateral unnest(v.rows) with ordinality as f (row, n)
on conflict (run_id, test_id, n) do nothing`;
};

const array = (texts: readonly string[]): Sql => sql`array[${joinSql(texts.map(literal), sql`, `)}]`;

/** A run clears away no more, so that it is not held up by what many runs have left. */
const MOST_PRUNED = 10_000;

const MOST_RUNS_PRUNED = 100;

/**
 * By what the project says now, also of rows that were stored when it said something else. Runs of `galley test` built
 * nothing that anybody asks for later, and may be many: they go with their results.
 */
export const pruneTestFailures = (bookkeeping: string, { projectName, keep, others }: Retention): Sql => {
  const s = ident(bookkeeping);
  const shortest = Math.min(ageSeconds(keep), ...[...others.values()].map(ageSeconds));
  const cases = [...others].map(([test, age]) => sql` when ${literal(test)} then ${seconds(ageSeconds(age))}`);
  const limit =
    cases.length === 0
      ? seconds(ageSeconds(keep))
      : sql`case f.test_id${joinSql(cases, sql``)} else ${seconds(ageSeconds(keep))} end`;
  const longest = Math.max(ageSeconds(keep), ...[...others.values()].map(ageSeconds));
  const tests = sql`delete from ${s}.runs where run_id in (select r.run_id from ${s}.runs r where r.project = ${literal(projectName)} and r.command = 'test' and r.started_at < now() - ${seconds(longest)} limit ${literal(MOST_RUNS_PRUNED)})`;
  return sql`${tests}; delete from ${s}.test_failures where ctid in (select f.ctid from ${s}.test_failures f join ${s}.runs r on r.run_id = f.run_id
where f.stored_at < now() - ${seconds(shortest)} and f.stored_at < now() - ${limit} and r.project = ${literal(projectName)} limit ${literal(MOST_PRUNED)})`;
};

const seconds = (count: number): Sql => sql`make_interval(secs => ${literal(count)})`;
