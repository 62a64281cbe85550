/** What a run writes about itself into Galley's own tables, as SQL, so that it can ride in other transactions. */
import type { Session } from "../../domain/contracts/database.ts";
import type { NodeId } from "../../domain/names.ts";
import type { BuildTask } from "../../domain/plan.ts";
import type { PublishedRelation } from "../../domain/publish-plan.ts";
import { ident, joinSql, literal, relation, type Sql, sql, textArray, textOf } from "../../domain/sql.ts";
import type { StoredRows } from "./failing-rows.ts";
import { insertTestFailures } from "./failure-records.ts";
import type { RunContext } from "./run-context.ts";

type Run = { readonly bookkeeping: string; readonly runId: string };

const uuid = (runId: string): Sql => sql`${literal(runId)}::uuid`;

export type RunFacts = {
  readonly projectName: string;
  readonly target: string;
  readonly command: string;
  /** `writes` is read again by a later run, to know whether this one worked in its workspaces. */
  readonly args: { readonly writes: readonly string[] } & Readonly<Record<string, unknown>>;
  readonly gitSha: string | undefined;
  readonly version: string;
};

export const insertRun = ({ bookkeeping, runId }: Run, facts: RunFacts): Sql =>
  sql`insert into ${ident(bookkeeping)}.runs (run_id, project, target, command, args, git_sha, galley_version, state) values (${uuid(runId)}, ${literal(facts.projectName)}, ${literal(facts.target)}, ${literal(facts.command)}, ${literal(JSON.stringify(facts.args))}::jsonb, ${literal(facts.gitSha ?? null)}, ${literal(facts.version)}, 'running')`;

/** Of a run that wrote nothing else, once it has ended. */
export const insertEndedRun = ({ bookkeeping, runId }: Run, facts: RunFacts, state: string, ms: number): Sql =>
  sql`insert into ${ident(bookkeeping)}.runs (run_id, project, target, command, args, git_sha, galley_version, state, started_at, finished_at) values (${uuid(runId)}, ${literal(facts.projectName)}, ${literal(facts.target)}, ${literal(facts.command)}, ${literal(JSON.stringify(facts.args))}::jsonb, ${literal(facts.gitSha ?? null)}, ${literal(facts.version)}, ${literal(state)}, clock_timestamp() - make_interval(secs => ${literal(ms / 1000)}), clock_timestamp())`;

export const finishRun = ({ bookkeeping, runId }: Run, state: string): Sql =>
  sql`update ${ident(bookkeeping)}.runs set state = ${literal(state)}, finished_at = clock_timestamp() where run_id = ${uuid(runId)}`;

export const markPublished = ({ bookkeeping, runId }: Run): Sql =>
  sql`update ${ident(bookkeeping)}.runs set state = 'published', published_at = clock_timestamp() where run_id = ${uuid(runId)}`;

/** A row, once the transaction that published the run is committed. */
export const publishedRun = ({ bookkeeping, runId }: Run): Sql =>
  sql`select 1 from ${ident(bookkeeping)}.runs where run_id = ${uuid(runId)} and published_at is not null`;

/** A row, once the transaction is committed in which this run published one of these relations. */
export const publishedRelations = ({ bookkeeping, runId }: Run, relations: readonly Pick<Recorded, "name">[]): Sql =>
  sql`select 1 from ${ident(bookkeeping)}.relations where run_id = ${uuid(runId)} and (schema, name) in (values ${joinSql(
    relations.map(({ name }) => sql`(${literal(name.schema)}, ${literal(name.name)})`),
    sql`, `,
  )}) limit 1`;

/** In the transaction of the node's data: that a node is built is known from this row, never from its relation. */
export const insertNode = (
  { bookkeeping, runId }: Run,
  { node, fingerprint, inputs, workspace }: Pick<BuildTask, "node" | "fingerprint" | "inputs" | "workspace">,
  status: "data" | "built",
): Sql =>
  sql`insert into ${ident(bookkeeping)}.nodes (run_id, node_id, fingerprint, inputs, relation, status) values (${uuid(runId)}, ${literal(node)}, ${literal(fingerprint)}, ${literal(inputs)}, to_regclass(${literal(textOf(relation(workspace)))})::oid, ${literal(status)})`;

/** What this run has committed of a node; undefined for nothing. */
export const statusOfNode = async (
  session: Session,
  { bookkeeping, runId }: Run,
  node: NodeId,
): Promise<"data" | "built" | undefined> => {
  const rows = await session.rows(
    sql`select status from ${ident(bookkeeping)}.nodes where run_id = ${uuid(runId)} and node_id = ${literal(node)}`,
  );
  const status = rows[0]?.["status"];
  return status === "data" || status === "built" ? status : undefined;
};

/** In the transaction of the node's last step, where that is not the one of its data. */
export const markBuilt = ({ bookkeeping, runId }: Run, node: NodeId): Sql =>
  sql`update ${ident(bookkeeping)}.nodes set status = 'built', built_at = clock_timestamp() where run_id = ${uuid(runId)} and node_id = ${literal(node)}`;

type Recorded = Pick<PublishedRelation, "name" | "node" | "materialized" | "objects" | "fingerprint">;

export const recordRelations = ({ bookkeeping, runId }: Run, relations: readonly Recorded[]): Sql => {
  const rows = relations.map(
    (r) =>
      sql`(${literal(r.name.schema)}, ${literal(r.name.name)}, ${literal(r.node)}, ${literal(r.materialized)}, ${literal(r.fingerprint)}, ${uuid(runId)}, ${literal(JSON.stringify(r.objects))}::jsonb)`,
  );
  return sql`insert into ${ident(bookkeeping)}.relations (schema, name, node_id, kind, fingerprint, run_id, objects) values ${joinSql(rows, sql`, `)}
on conflict (schema, name) do update set node_id = excluded.node_id, kind = excluded.kind, fingerprint = excluded.fingerprint, run_id = excluded.run_id, objects = excluded.objects`;
};

export type TestRecord = {
  readonly test: NodeId;
  readonly status: string;
  readonly failures: number;
  readonly rows: number | undefined;
  readonly decidedBy: string;
  readonly ms: number;
  readonly proof: string | undefined;
  readonly stored: StoredRows | undefined;
};

export const insertTestResults = ({ bookkeeping, runId }: Run, records: readonly TestRecord[]): Sql => {
  const column = (read: (record: TestRecord) => string | number | undefined): Sql =>
    textArray(records.map((record) => read(record)?.toString() ?? null));
  const columns = [
    column((r) => r.test),
    column((r) => r.status),
    sql`${column((r) => r.failures)}::bigint[]`,
    sql`${column((r) => r.rows)}::bigint[]`,
    column((r) => r.decidedBy),
    sql`${column((r) => Math.round(r.ms))}::bigint[]`,
    column((r) => r.proof),
  ];
  return sql`insert into ${ident(bookkeeping)}.test_results (run_id, test_id, status, failures, rows, decided_by, ms, proof) select ${uuid(runId)}, r.* from unnest(${joinSql(columns, sql`, `)}) as r on conflict (run_id, test_id) do nothing`;
};

export type NodeRecord = { readonly node: NodeId; readonly rows: number | undefined; readonly ms: number };

/** What was learnt only after the node's transaction. */
export const measureNodes = ({ bookkeeping, runId }: Run, records: readonly NodeRecord[]): Sql => {
  const rows = records.map(
    (r) => sql`(${literal(r.node)}, ${literal(r.rows ?? null)}::bigint, ${literal(Math.round(r.ms))})`,
  );
  return sql`update ${ident(bookkeeping)}.nodes n set rows = v.rows, ms = v.ms from (values ${joinSql(rows, sql`, `)}) as v (node_id, rows, ms) where n.run_id = ${uuid(runId)} and n.node_id = v.node_id`;
};

/** Results and failing rows, for one message: neither survives without the other. */
export const testFindings = (run: Run, tests: readonly TestRecord[]): readonly Sql[] => {
  if (tests.length === 0) return [];
  const failures = insertTestFailures(run, tests);
  return [insertTestResults(run, tests), ...(failures === undefined ? [] : [failures])];
};

/** Written at the end, together: they say what was found, and decide nothing. */
export const recordFindings = async (
  run: RunContext,
  nodes: readonly NodeRecord[],
  tests: readonly TestRecord[],
): Promise<void> => {
  const statements = [...(nodes.length === 0 ? [] : [measureNodes(run, nodes)]), ...testFindings(run, tests)];
  if (statements.length === 0) return;
  await run.database.withSession("durable", (session) => session.run(joinSql(statements, sql`;\n`)));
};
