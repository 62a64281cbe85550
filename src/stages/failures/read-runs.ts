/** Reads what runs have recorded of tests: which runs there were, their results, their failing rows. */
import type { Row, Session } from "../../domain/contracts/database.ts";
import type { Cells, RecordedRun, TestedRun, TestResult } from "../../domain/found-failures.ts";
import { ident, joinSql, literal, type Sql, sql } from "../../domain/sql.ts";
import type { StoredRow } from "./compare.ts";

/** Whose runs, and in which schema they stand. */
export type Whose = { readonly bookkeeping: string; readonly projectName: string; readonly target: string };

export type Results = TestResult & {
  readonly test: string;
  readonly before: (TestResult & { readonly run: RecordedRun }) | undefined;
};

/** Since when runs count as earlier: before the run itself, at the latest at a time, or one run and no other. */
export type Since =
  | { readonly kind: "run before" }
  | { readonly kind: "time"; readonly until: Sql }
  | { readonly kind: "run"; readonly id: string };

const ISO = sql`'YYYY-MM-DD"T"HH24:MI:SS"Z"'`;

const runFacts = (run: Sql): Sql =>
  sql`${run}.run_id::text as run_id, ${run}.command, ${run}.state, to_char(${run}.started_at at time zone 'UTC', ${ISO}) as started_at`;

const ofProject = ({ projectName, target }: Whose): Sql =>
  sql`r.project = ${literal(projectName)} and r.target = ${literal(target)}`;

const isTested = ({ bookkeeping }: Whose): Sql =>
  sql`exists (select from ${ident(bookkeeping)}.test_results t where t.run_id = r.run_id)`;

/** The newest run that tested; or those whose id begins so, at most two. */
export const findRuns = async (
  session: Session,
  whose: Whose,
  id: string | undefined,
): Promise<readonly RecordedRun[]> => {
  const wanted = id === undefined ? sql`true` : sql`starts_with(r.run_id::text, ${literal(id.toLowerCase())})`;
  const rows = await session.rows(
    sql`select ${runFacts(sql`r`)} from ${ident(whose.bookkeeping)}.runs r where ${ofProject(whose)} and ${wanted} and ${isTested(whose)} order by r.started_at desc limit ${literal(id === undefined ? 1 : 2)}`,
  );
  return rows.map((row) => runIn(row, ""));
};

const runIn = (row: Row, prefix: string): RecordedRun => ({
  id: row[`${prefix}run_id`] ?? "",
  command: row[`${prefix}command`] ?? "",
  state: row[`${prefix}state`] ?? "",
  startedAt: row[`${prefix}started_at`] ?? "",
});

const resultIn = (row: Row, prefix: string): TestResult => {
  const rows = row[`${prefix}rows`];
  return {
    status: row[`${prefix}status`] ?? "",
    failures: Number(row[`${prefix}failures`] ?? 0),
    rows: rows === null || rows === undefined ? undefined : Number(rows),
  };
};

/** What did not pass in the run, or not in the one that it is held against. */
export const readResults = async (
  session: Session,
  whose: Whose,
  run: RecordedRun,
  since: Since,
): Promise<readonly Results[]> => {
  const s = ident(whose.bookkeeping);
  const own = sql`${literal(run.id)}::uuid`;
  const rows = await session.rows(sql`
select t.test_id, t.status, t.failures, t.rows, b.run_id as b_run_id, b.command as b_command, b.state as b_state, b.started_at as b_started_at, b.status as b_status, b.failures as b_failures, b.rows as b_rows
from ${s}.test_results t left join lateral (
  select ${runFacts(sql`r`)}, x.status, x.failures, x.rows from ${s}.runs r join ${s}.test_results x on x.run_id = r.run_id and x.test_id = t.test_id
  where ${ofProject(whose)} and r.run_id <> ${own} and x.status in ('pass', 'warn', 'fail') and ${earlier(since, s, own)}
  order by r.started_at desc limit 1) b on true
where t.run_id = ${own} and (t.status in ('fail', 'warn', 'error') or (t.status = 'pass' and b.status in ('fail', 'warn')))
order by t.test_id`);
  return rows.map((row) => ({
    test: row["test_id"] ?? "",
    ...resultIn(row, ""),
    before: row["b_run_id"] === null ? undefined : { ...resultIn(row, "b_"), run: runIn(row, "b_") },
  }));
};

const earlier = (since: Since, s: Sql, own: Sql): Sql => {
  switch (since.kind) {
    case "run before":
      return sql`r.started_at < (select o.started_at from ${s}.runs o where o.run_id = ${own})`;
    case "time":
      return sql`r.started_at < ${since.until}`;
    case "run":
      return sql`r.run_id = ${literal(since.id)}::uuid`;
  }
};

/** By run and test. Values are texts, as the server prints them: JavaScript's numbers would not hold all of them. */
export const readRows = async (
  session: Session,
  { bookkeeping }: Whose,
  wanted: readonly { readonly run: string; readonly test: string }[],
): Promise<(run: string, test: string) => readonly StoredRow[]> => {
  const found = new Map<string, StoredRow[]>();
  if (wanted.length > 0) {
    const pairs = joinSql(
      wanted.map(({ run, test }) => sql`(${literal(run)}::uuid, ${literal(test)})`),
      sql`, `,
    );
    const rows = await session.rows(
      sql`select run_id::text as run_id, test_id, coalesce(key, row)::text as identity, ${textsOf(sql`key`)} as key, ${textsOf(sql`row`)} as row from ${ident(bookkeeping)}.test_failures f where (run_id, test_id) in (values ${pairs}) order by run_id, test_id, n`,
    );
    for (const row of rows) {
      const at = `${row["run_id"]} ${row["test_id"]}`;
      const stored = { identity: row["identity"] ?? "", key: cellsIn(row["key"]), row: cellsIn(row["row"]) ?? {} };
      found.set(at, [...(found.get(at) ?? []), stored]);
    }
  }
  return (run, test) => found.get(`${run} ${test}`) ?? [];
};

const textsOf = (json: Sql): Sql =>
  sql`(select jsonb_object_agg(e.key, e.value #>> '{}') from jsonb_each(f.${json}) as e)::text`;

const cellsIn = (json: string | null | undefined): Cells | undefined =>
  json === null || json === undefined ? undefined : (JSON.parse(json) as Cells);

/** The newest runs of a test, the newest first. */
export const readHistory = async (
  session: Session,
  whose: Whose,
  test: string,
  most: number,
): Promise<readonly TestedRun[]> => {
  const s = ident(whose.bookkeeping);
  const rows = await session.rows(sql`
select ${runFacts(sql`r`)}, t.status, t.failures, t.rows, (select count(*) from ${s}.test_failures f where f.run_id = r.run_id and f.test_id = t.test_id) as stored
from ${s}.runs r join ${s}.test_results t on t.run_id = r.run_id where ${ofProject(whose)} and t.test_id = ${literal(test)}
order by r.started_at desc limit ${literal(most)}`);
  return rows.map((row) => ({ run: runIn(row, ""), ...resultIn(row, ""), stored: Number(row["stored"]) }));
};

/** Every test that was ever recorded, for near names. */
export const readTestNames = async (session: Session, whose: Whose): Promise<readonly string[]> => {
  const s = ident(whose.bookkeeping);
  const rows = await session.rows(
    sql`select distinct t.test_id from ${s}.test_results t join ${s}.runs r on r.run_id = t.run_id where ${ofProject(whose)} order by 1`,
  );
  return rows.map((row) => row["test_id"] ?? "");
};
