/**
 * Refreshes materialized views of live, parents before children. With a fit unique index readers go on meanwhile
 * (CONCURRENTLY); without one they wait for as long as the refresh takes, and that is told.
 */
import { DatabaseError, type Session } from "../../domain/contracts/database.ts";
import { databaseDiagnostic } from "../../domain/database-diagnostic.ts";
import { type Diagnostic, errorOf, warningOf } from "../../domain/diagnostic.ts";
import type { RunEvent } from "../../domain/event.ts";
import { type ExitCode, exitOf } from "../../domain/exit-code.ts";
import { type NodeId, type RelationName, relationKey } from "../../domain/names.ts";
import type { Span } from "../../domain/source.ts";
import { ident, joinSql, literal, relation, type Sql, sql, textOf } from "../../domain/sql.ts";
import { SQLSTATE } from "../../domain/sqlstate.ts";
import { runGraph } from "../../lib/scheduler.ts";
import { cancelOnAbort } from "./cancel.ts";
import type { RunContext } from "./run-context.ts";

/** A materialized view as the project has it. */
type Refreshable = {
  readonly node: NodeId;
  readonly relation: RelationName;
  readonly fingerprint: string;
  /** Names of the indexes that it is to have. */
  readonly indexes: readonly string[];
  readonly at: Span;
};

export type RefreshRequest = {
  readonly views: readonly Refreshable[];
  readonly parentsOf: (id: NodeId) => readonly NodeId[];
  /** How long one try to lock may wait, where readers have to be shut out, and how long is tried in all. */
  readonly lockTimeoutMs: number;
  readonly tryForMs: number;
};

/** The exit codes that failures ask for. */
export const refresh = async (run: RunContext, request: RefreshRequest): Promise<readonly ExitCode[]> => {
  const views = new Map(request.views.map((v) => [v.node, v]));
  const live = await run.database.withSession("read", (session) => lookAt(session, run.bookkeeping, request.views));
  const exits: ExitCode[] = [];
  const runOne = async (id: NodeId): Promise<"success" | "failure"> => {
    const exit = await refreshOne(run, request, viewOf(views, id), live);
    if (exit === 0) return "success";
    exits.push(exit);
    return "failure";
  };
  const cancelling = { cancelRunning: run.database.cancelRunning, signal: run.signal, sleep: run.sleep };
  await cancelOnAbort(cancelling, () =>
    runGraph<NodeId>({
      ids: request.views.map((v) => v.node),
      parentsOf: request.parentsOf,
      slots: run.threads,
      weightOf: () => 1,
      run: runOne,
      onNotStarted: (id, ending) => {
        const because = ending.kind === "skipped" ? `${ending.because} failed` : "the run was cancelled";
        run.emit({ ...finishedOf(viewOf(views, id)), status: ending.kind, because });
      },
      signal: run.signal,
      shuffle: undefined,
    }),
  );
  return exits;
};

const viewOf = (views: ReadonlyMap<NodeId, Refreshable>, id: NodeId): Refreshable => {
  const view = views.get(id);
  if (view === undefined) throw new Error(`no view ${id}`);
  return view;
};

type LiveView = {
  readonly isPopulated: boolean;
  /** A unique index over plain columns and all rows: what CONCURRENTLY asks for. */
  readonly hasKey: boolean;
  readonly indexes: readonly string[];
  readonly builtFor: string | null;
  readonly fingerprint: string | null;
};

/** By relationKey; what is no materialized view is left out. */
const lookAt = async (
  session: Session,
  bookkeeping: string,
  views: readonly Refreshable[],
): Promise<ReadonlyMap<string, LiveView>> => {
  if (views.length === 0) return new Map();
  const names = views.map((v) => sql`(${literal(v.relation.schema)}, ${literal(v.relation.name)})`);
  const rows = await session.rows(sql`
select n.nspname as schema, c.relname as name, c.relispopulated as is_populated, g.node_id, g.fingerprint,
  exists (select from pg_index i where i.indrelid = c.oid and i.indisunique and i.indisvalid and i.indimmediate and i.indpred is null and i.indexprs is null) as has_key,
  (select json_agg(x.relname) from pg_index i join pg_class x on x.oid = i.indexrelid where i.indrelid = c.oid) as indexes
from pg_class c join pg_namespace n on n.oid = c.relnamespace
left join ${ident(bookkeeping)}.relations g on g.schema = n.nspname and g.name = c.relname
where c.relkind = 'm' and (n.nspname, c.relname) in (${joinSql(names, sql`, `)})`);
  return new Map(
    rows.map((row) => [
      relationKey({ schema: row["schema"] ?? "", name: row["name"] ?? "" }),
      {
        isPopulated: row["is_populated"] === "t",
        hasKey: row["has_key"] === "t",
        indexes: JSON.parse(row["indexes"] ?? "[]"),
        builtFor: row["node_id"] ?? null,
        fingerprint: row["fingerprint"] ?? null,
      },
    ]),
  );
};

type NodeFinished = Extract<RunEvent, { kind: "node_finished" }>;

const finishedOf = (view: Refreshable): NodeFinished => ({
  kind: "node_finished",
  node: view.node,
  status: "success",
  materialized: "materialized_view",
  relation: relationKey(view.relation),
  rows: undefined,
  ms: 0,
  diagnostic: undefined,
  because: undefined,
});

const refreshOne = async (
  run: RunContext,
  request: RefreshRequest,
  view: Refreshable,
  views: ReadonlyMap<string, LiveView>,
): Promise<ExitCode> => {
  run.emit({ kind: "node_started", node: view.node });
  const startedAt = run.clock();
  const finish = (event: Partial<NodeFinished>): void =>
    run.emit({ ...finishedOf(view), ms: run.clock() - startedAt, ...event });
  const live = views.get(relationKey(view.relation));
  if (live === undefined || live.builtFor !== view.node) {
    const diagnostic = notBuilt(view, live);
    finish({ status: "error", diagnostic });
    return exitOf([diagnostic]);
  }
  for (const diagnostic of changesOf(view, live)) run.emit({ kind: "diagnostic", diagnostic });
  try {
    const rows = await run.database.withSession("durable", (session) => send(run, session, request, view, live));
    finish({ rows });
    return 0;
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    if (error.sqlstate === SQLSTATE.queryCanceled && run.signal.aborted) {
      finish({ status: "cancelled", because: "the run was cancelled" });
      return 3;
    }
    const diagnostic =
      error.sqlstate === SQLSTATE.lockNotAvailable
        ? inUse(view, request.tryForMs)
        : databaseDiagnostic(error, "execute/sql-error", view.node, view.at);
    finish({ status: "error", diagnostic });
    return exitOf([diagnostic]);
  }
};

/** The number of rows, as ANALYZE found it. */
const send = async (
  run: RunContext,
  session: Session,
  request: RefreshRequest,
  view: Refreshable,
  live: LiveView,
): Promise<number | undefined> => {
  const name = relation(view.relation);
  const isConcurrent = live.hasKey && live.isPopulated;
  if (isConcurrent) await session.run(sql`refresh materialized view concurrently ${name}`);
  else {
    run.emit({ kind: "note", message: `${relationKey(view.relation)}: readers wait, ${whyNot(live)}` });
    await shuttingOut(run, session, request, sql`refresh materialized view ${name}`);
  }
  await session.run(sql`analyze ${name}`);
  const rows = await session.rows(
    sql`select reltuples::bigint as rows from pg_class where oid = ${literal(textOf(name))}::regclass`,
  );
  return Number(rows[0]?.["rows"] ?? 0);
};

const whyNot = ({ hasKey }: LiveView): string =>
  hasKey ? "for it holds no rows yet" : "for it has no unique index over plain columns (declare one under `indexes`)";

/** Until the time is over: whoever holds it up must not hold up those behind it for longer than one lock_timeout. */
const shuttingOut = async (
  run: RunContext,
  session: Session,
  { lockTimeoutMs, tryForMs }: RefreshRequest,
  statement: Sql,
): Promise<void> => {
  const until = run.clock() + tryForMs;
  for (;;) {
    try {
      await session.run(sql`begin; set local lock_timeout = ${literal(lockTimeoutMs)}; ${statement}; commit`);
      return;
    } catch (error) {
      const isLocked = error instanceof DatabaseError && error.sqlstate === SQLSTATE.lockNotAvailable;
      if (!isLocked || run.clock() > until || run.signal.aborted) throw error;
      await run.sleep(20 + run.random() * lockTimeoutMs);
    }
  }
};

const notBuilt = ({ node, relation: name, at }: Refreshable, live: LiveView | undefined): Diagnostic => {
  const key = relationKey(name);
  const message =
    live === undefined
      ? `${key} is no materialized view on live`
      : `the materialized view ${key} was not made for ${node}`;
  return errorOf("execute/not-refreshable", message, {
    at,
    help: "`galley build` makes it; refresh only renews its rows",
  });
};

/** A refresh runs the query that was published, whatever the project says now. */
const changesOf = (
  { relation: name, fingerprint, indexes, at }: Refreshable,
  live: LiveView,
): readonly Diagnostic[] => {
  const missing = indexes.filter((index) => !live.indexes.includes(index));
  const changes = [
    ...(live.fingerprint === fingerprint ? [] : ["its query has changed since it was built"]),
    ...(missing.length === 0 ? [] : [`the index ${missing.join(", ")} is not there`]),
  ];
  if (changes.length === 0) return [];
  return [
    warningOf("execute/changed-since-build", `${relationKey(name)}: ${changes.join("; ")}`, {
      at,
      help: "a refresh runs what was published; `galley build` publishes the change",
    }),
  ];
};

const inUse = ({ relation: name, at }: Refreshable, tryForMs: number): Diagnostic =>
  errorOf("execute/publish-timeout", `${relationKey(name)} was in use for ${Math.round(tryForMs / 1000)} s`, {
    at,
    help: "give it a unique index over plain columns: then a refresh shuts nobody out",
  });
