/**
 * What a run needs in order to go on from another one: which that is, what of its work the bookkeeping vouches for, and
 * how that becomes the new run's own. A relation counts by its oid: what has been made anew since is not it.
 */
import type { Session } from "../../domain/contracts/database.ts";
import type { NodeId } from "../../domain/names.ts";
import { nodeId, relationKey, workspaceOf } from "../../domain/names.ts";
import type { Plan } from "../../domain/plan.ts";
import { ident, joinSql, literal, relation, type Sql, sql } from "../../domain/sql.ts";
import type { RunContext } from "./run-context.ts";

export type EarlierRun = {
  readonly runId: string;
  readonly command: string;
  readonly state: string;
  readonly isPublished: boolean;
  /** As the server prints it. */
  readonly startedAt: string;
  /** What it was asked; of a run by an older Galley some of it is missing. */
  readonly args: Readonly<Record<string, unknown>>;
};

type Whose = { readonly bookkeeping: string; readonly projectName: string; readonly target: string };

/** The newest run that built nodes of this project on this target. */
export const lastRun = async (
  session: Session,
  { bookkeeping, projectName, target }: Whose,
): Promise<EarlierRun | undefined> =>
  earlierRun(
    session,
    sql`select ${RUN_FACTS} from ${ident(bookkeeping)}.runs where project = ${literal(projectName)} and target = ${literal(target)} and (args ? 'verb' or command in ('build', 'run', 'seed')) order by runs.started_at desc limit 1`,
  );

/** The same run again, under the lock: it may have gone on until then. */
export const runAgain = (session: Session, bookkeeping: string, runId: string): Promise<EarlierRun | undefined> =>
  earlierRun(session, sql`select ${RUN_FACTS} from ${ident(bookkeeping)}.runs where run_id = ${literal(runId)}::uuid`);

const RUN_FACTS = sql`run_id::text, command, state, published_at is not null or state = 'succeeded' as is_published, to_char(started_at, 'YYYY-MM-DD HH24:MI:SS TZ') as started, args::text`;

const earlierRun = async (session: Session, query: Sql): Promise<EarlierRun | undefined> => {
  const row = (await session.rows(query))[0];
  if (row === undefined) return undefined;
  return {
    runId: row["run_id"] ?? "",
    command: row["command"] ?? "",
    state: row["state"] ?? "",
    isPublished: row["is_published"] === "t",
    startedAt: row["started"] ?? "",
    args: JSON.parse(row["args"] ?? "{}") as EarlierRun["args"],
  };
};

export type FoundNode = {
  readonly node: NodeId;
  readonly inputs: string;
  /** `schema.name` of its relation now; undefined: it is gone. */
  readonly relation: string | undefined;
  readonly rows: number | undefined;
};

/** What the run recorded as built, in the transaction that built it. */
export const builtNodes = async (
  session: Session,
  bookkeeping: string,
  runId: string,
): Promise<readonly FoundNode[]> => {
  const rows = await session.rows(sql`
select b.node_id, b.inputs, b.rows, n.nspname as schema, c.relname as name from ${ident(bookkeeping)}.nodes b
left join pg_class c on c.oid = b.relation left join pg_namespace n on n.oid = c.relnamespace
where b.run_id = ${literal(runId)}::uuid and b.status = 'built' and b.inputs is not null order by 1`);
  return rows.map((row) => ({
    node: nodeId(row["node_id"] ?? ""),
    inputs: row["inputs"] ?? "",
    relation:
      row["schema"] === null || row["name"] === null
        ? undefined
        : relationKey({ schema: row["schema"] ?? "", name: row["name"] ?? "" }),
    rows: row["rows"] === null ? undefined : Number(row["rows"]),
  }));
};

/**
 * From here on the new run vouches for what is kept. Foreign keys that are made after their nodes, or before publish, are
 * made again: whether the earlier run came to them is not recorded, and to what is built again they cannot lead.
 */
export const takeOver = async (
  run: RunContext,
  from: EarlierRun,
  kept: ReadonlySet<NodeId>,
  plan: Plan,
): Promise<void> => {
  if (kept.size === 0) return;
  const nodes = sql`${ident(run.bookkeeping)}.nodes`;
  const copy = sql`insert into ${nodes} (run_id, node_id, fingerprint, inputs, relation, status, rows, ms, built_at)
select ${literal(run.runId)}::uuid, node_id, fingerprint, inputs, relation, status, rows, ms, built_at from ${nodes}
where run_id = ${literal(from.runId)}::uuid and node_id in (${joinSql([...kept].map(literal), sql`, `)})`;
  await run.database.withSession("durable", (session) => session.run(copy));
  const drops = [
    ...[...plan.tasks.values()].flatMap((task) =>
      task.kind === "foreign-key" && kept.has(task.constraint.node) ? [dropKey(task.constraint)] : [],
    ),
    ...plan.publish.leavingForeignKeys.flatMap((key) => (kept.has(key.constraint.node) ? [key.drop] : [])),
  ];
  if (drops.length > 0) await run.database.withSession("model", (session) => session.run(joinSql(drops, sql`; `)));
};

type Key = { readonly name: string; readonly relation: { readonly schema: string; readonly name: string } };

const dropKey = ({ name, relation: { schema, name: table } }: Key): Sql =>
  sql`alter table ${relation({ schema: workspaceOf(schema), name: table })} drop constraint if exists ${ident(name)}`;
