/** Builds one node in its workspace: its rows, then indexes and constraints, then ANALYZE. Says what happened as an ending. */
import type { QueryResult, Session, SessionPurpose } from "../../domain/contracts/database.ts";
import { DatabaseError } from "../../domain/contracts/database.ts";
import { databaseDiagnostic } from "../../domain/database-diagnostic.ts";
import type { Diagnostic, Outcome } from "../../domain/diagnostic.ts";
import type { SeedNode } from "../../domain/manifest.ts";
import type { RelationName } from "../../domain/names.ts";
import { type BuildTask, batchesOf, type ConstraintStep, type Rule } from "../../domain/plan.ts";
import { authored, joinSql, relation, type Sql, sql } from "../../domain/sql.ts";
import { isConstraintViolation, SQLSTATE } from "../../domain/sqlstate.ts";
import { unreachable } from "../../domain/unreachable.ts";
import type { Gate } from "../../lib/gate.ts";
import { runBatches } from "./batches/run-batches.ts";
import { commentStatements, hasComments } from "./comments.ts";
import { contractBroken } from "./contract.ts";
import { expectOf, type MadeDelta, makeDelta } from "./delta/build-delta.ts";
import { structureDifferences } from "./delta/structure.ts";
import { runHooks, type TimedHooks, timed } from "./hooks.ts";
import { setLocal, settingFault } from "./node-settings.ts";
import { makePartitioned } from "./partitions/make-partitioned.ts";
import { notCarried } from "./publish/carry/not-carried.ts";
import { insertNode, markBuilt, statusOfNode } from "./records.ts";
import { retried } from "./retry-step.ts";
import type { RunContext } from "./run-context.ts";
import { isCancelOrLoss, setStanding } from "./set-standing.ts";
import { makeSnapshot } from "./snapshot/make-snapshot.ts";

/** Creates the seed's table and fills it, within a transaction that is open; handed in, because another stage reads files. */
export type LoadSeed = (
  session: Session,
  seed: SeedNode,
  into: RelationName,
) => Promise<Outcome<{ readonly rows: number }>>;

export type Built =
  | { readonly kind: "built"; readonly rows: number | undefined; readonly ms: number }
  /** The data break what is declared of them: these rules do not hold, these constraints could not be made. */
  | {
      readonly kind: "violated";
      readonly rows: number | undefined;
      readonly ms: number;
      readonly rules: readonly Rule[];
      /** Of others that could not be made, for another reason. */
      readonly diagnostics: readonly Diagnostic[];
    }
  | { readonly kind: "error"; readonly ms: number; readonly diagnostics: readonly Diagnostic[] }
  | { readonly kind: "cancelled"; readonly ms: number };

export const buildNode = async (
  run: RunContext,
  purpose: SessionPurpose,
  task: BuildTask,
  loadSeed: LoadSeed,
  gate: Gate,
): Promise<Built> => {
  const startedAt = run.clock();
  const elapsed = (): number => run.clock() - startedAt;
  if (run.signal.aborted) return { kind: "cancelled", ms: 0 };
  try {
    const built = await retried(run, purpose, task.node, async (session, attempt) => {
      const done = attempt === 1 ? undefined : await statusOfNode(session, run, task.node);
      return buildFrom(done, run, session, task, loadSeed, gate);
    });
    return { ...built, ms: elapsed() };
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    if (error.sqlstate === SQLSTATE.queryCanceled && run.signal.aborted) return { kind: "cancelled", ms: elapsed() };
    return {
      kind: "error",
      ms: elapsed(),
      diagnostics: [settingFault(task, error) ?? databaseDiagnostic(error, "execute/sql-error", task.node, task.at)],
    };
  }
};

/** `done` is what an earlier try has committed: that is not done again. */
const buildFrom = async (
  done: "data" | "built" | undefined,
  run: RunContext,
  session: Session,
  task: BuildTask,
  loadSeed: LoadSeed,
  gate: Gate,
): Promise<Built> => {
  const hooks = timed(task.hooks);
  const failure = (diagnostics: readonly Diagnostic[]): Built => ({ kind: "error", ms: 0, diagnostics });
  let rows: number | undefined;
  if (done === undefined) {
    const broken =
      task.contract === undefined ? [] : await contractBroken(session, task.contract, task.workspace.schema);
    if (broken.length > 0) return failure(broken);
    const before = await runHooks(session, hooks.before, task.node, commentOf(task));
    if (before.length > 0) return failure(before);
    const data = await makeData(run, session, task, hooks, loadSeed);
    if (data.kind === "failed") return failure(data.diagnostics);
    if (data.kind === "violated")
      return { kind: "violated", rows: undefined, ms: 0, rules: data.rules, diagnostics: [] };
    rows = data.rows;
  }
  const plan = done === "built" ? undefined : batchesOf(task.data);
  if (plan !== undefined) {
    const request = { task, plan, table: rowsAt(task), comment: commentOf(task), gate };
    const made = await runBatches(run, session, request);
    if (made.kind === "failed") return failure(made.diagnostics);
    rows = made.rows;
    const post = run.signal.aborted ? [] : await afterBatches(session, task, hooks);
    if (post.length > 0) return failure(post);
  }
  if (run.signal.aborted) return { kind: "cancelled", ms: 0 };
  if (done !== "built") {
    const { violated, diagnostics } = await finish(run, session, task);
    if (violated.length > 0) return { kind: "violated", rows, ms: 0, rules: violated, diagnostics };
    if (diagnostics.length > 0) return failure(diagnostics);
  }
  const after = await runHooks(session, hooks.after, task.node, commentOf(task));
  return after.length > 0 ? failure(after) : { kind: "built", rows, ms: 0 };
};

/** Hooks in the transaction of the data are in the one that makes the table, and in another when all its rows are there. */
const afterBatches = async (
  session: Session,
  task: BuildTask,
  { post }: TimedHooks,
): Promise<readonly Diagnostic[]> => {
  if (post.length === 0) return [];
  await session.run(sql`begin;${setLocal(task)}`);
  const wrong = await runHooks(session, post, task.node, commentOf(task));
  await session.run(wrong.length === 0 ? sql`commit` : sql`rollback`);
  return wrong;
};

/** Names the node in pg_stat_activity and the server's log. A slash cannot stand in an id, so it ends no comment. */
const commentOf = (task: BuildTask): Sql => authored(`/* galley: ${task.node} */ `, undefined);

/** Nothing is left to do after the data: then its rows, its record and ANALYZE are one message. */
const isDoneWithData = (task: BuildTask): boolean =>
  task.constraints.length + task.checks.length + task.standing.length === 0 &&
  task.data.kind !== "delta" &&
  task.data.kind !== "batches" &&
  !hasComments(task);

/** Where the rows stand that were built. */
const rowsAt = ({ data, workspace }: BuildTask): RelationName => (data.kind === "delta" ? data.step.delta : workspace);

const analyzeOf = (task: BuildTask): Sql => (task.isAnalyzed ? sql`; analyze ${relation(rowsAt(task))}` : sql``);

type Made = MadeDelta | { readonly kind: "violated"; readonly rules: readonly Rule[] };

const makeData = async (
  run: RunContext,
  session: Session,
  task: BuildTask,
  hooks: TimedHooks,
  loadSeed: LoadSeed,
): Promise<Made> => {
  const isDone = isDoneWithData(task);
  const begin = sql`begin;${setLocal(task)}`;
  const record = insertNode(run, task, isDone ? "built" : "data");
  const last = sql`${record}${isDone ? analyzeOf(task) : sql``}`;
  const { data } = task;
  if (data.kind === "snapshot") return makeSnapshot(session, task, data.snapshot, hooks, last);
  if (data.kind === "statements" && hooks.pre.length + hooks.post.length === 0) {
    const results = await session.run(sql`${begin} ${dataOf(task, data.statements)};\n${last}; commit`);
    return { kind: "made", rows: task.isAnalyzed ? rowsOf(results) : undefined };
  }
  await session.run(begin);
  const made = await stepByStep(run, session, task, hooks, loadSeed);
  await session.run(made.kind === "made" ? sql`${last}; commit` : sql`rollback`);
  return made;
};

/** Within the transaction that is open: hooks one by one, so that what stops them has a place. */
const stepByStep = async (
  run: RunContext,
  session: Session,
  task: BuildTask,
  hooks: TimedHooks,
  loadSeed: LoadSeed,
): Promise<Made> => {
  const pre = await runHooks(session, hooks.pre, task.node, commentOf(task));
  if (pre.length > 0) return { kind: "failed", diagnostics: pre };
  const made = await load(run, session, task, loadSeed);
  if (made.kind !== "made" || batchesOf(task.data) !== undefined) return made;
  const post = await runHooks(session, hooks.post, task.node, commentOf(task));
  return post.length > 0 ? { kind: "failed", diagnostics: post } : made;
};

const load = async (run: RunContext, session: Session, task: BuildTask, loadSeed: LoadSeed): Promise<Made> => {
  const { data } = task;
  switch (data.kind) {
    case "seed": {
      const loaded = await loadSeed(session, data.seed, task.workspace);
      if (!loaded.ok) return { kind: "failed", diagnostics: loaded.diagnostics };
      for (const diagnostic of loaded.warnings) run.emit({ kind: "diagnostic", diagnostic });
      return { kind: "made", rows: loaded.value.rows };
    }
    case "statements": {
      const results = await session.run(dataOf(task, data.statements));
      return { kind: "made", rows: task.isAnalyzed ? rowsOf(results) : undefined };
    }
    case "partitioned":
      return makePartitioned(session, task, data);
    case "batches":
      await session.run(dataOf(task, data.create));
      return { kind: "made", rows: undefined };
    case "delta":
      return makeDelta(session, task, data.step, commentOf(task));
    case "snapshot":
      throw new Error(`${task.node}: a snapshot is not made by statements alone`);
    default:
      return unreachable(data);
  }
};

const dataOf = (task: BuildTask, statements: readonly Sql[]): Sql =>
  joinSql(
    statements.map((s) => sql`${commentOf(task)}${s}`),
    sql`;\n`,
  );

/** CREATE TABLE AS answers with SELECT and the number of rows. */
const rowsOf = (results: readonly QueryResult[]): number | undefined =>
  results.find((r) => r.command === "SELECT")?.rowCount;

type Finished = {
  readonly violated: readonly ConstraintStep[];
  /** Constraints and indexes that could not be made for another reason than the data. */
  readonly diagnostics: readonly Diagnostic[];
};

const WELL: Finished = { violated: [], diagnostics: [] };

/** All constraints in one transaction, apart from the data, so that failing rows can still be shown. */
const finish = async (run: RunContext, session: Session, task: BuildTask): Promise<Finished> => {
  if (isDoneWithData(task)) return WELL;
  const comments = await commentStatements(run, session, task);
  const isLast = task.checks.length + task.standing.length === 0 && task.data.kind !== "delta";
  const record = isLast ? [markBuilt(run, task.node)] : [];
  const changes = [...changesOf(rowsAt(task), task.constraints), ...comments, ...record];
  const message = sql`${commentOf(task)}begin;${setLocal(task)} ${joinSql(changes, sql`; `)}${task.standing.length === 0 ? analyzeOf(task) : sql``}; commit`;
  try {
    await runAgain(session, message);
  } catch (error) {
    if (!(error instanceof DatabaseError) || isCancelOrLoss(error)) throw error;
    const found = await oneByOne(session, task);
    if (found.violated.length === 0 && found.diagnostics.length === 0) throw error;
    return found;
  }
  return isLast ? WELL : lookAt(run, session, task);
};

/**
 * What no constraint in the workspace can refuse: keys that stand on live, and whether live is still as it is declared.
 * Then what was set on the relation that is replaced.
 */
const lookAt = async (run: RunContext, session: Session, task: BuildTask): Promise<Finished> => {
  const violated: ConstraintStep[] = [];
  for (const check of task.checks) {
    if (check.violations === undefined) continue;
    const rows = await session.rows(sql`select exists (\n${check.violations}\n) as found`);
    if (rows[0]?.["found"] === "t") violated.push(check);
  }
  const step = task.data.kind === "delta" ? task.data.step : undefined;
  const diagnostics = [
    ...(step === undefined ? [] : await structureDifferences(session, task, step)),
    ...(await setStanding(session, task)),
  ];
  if (violated.length + diagnostics.length > 0) return { violated, diagnostics };
  const expected = step === undefined ? [] : [await expectOf(session, step)];
  const analyzed = task.standing.length === 0 ? sql`` : analyzeOf(task);
  const last = sql`${markBuilt(run, task.node)}${analyzed}`;
  await session.run(joinSql([sql`begin`, ...expected, last, sql`commit`], sql`; `));
  return WELL;
};

/** The actions of ALTER TABLE joined into one statement, then what needs a statement of its own. */
const changesOf = (workspace: RelationName, constraints: readonly ConstraintStep[]): readonly Sql[] => {
  const actions = constraints.flatMap((c) => (c.change.kind === "action" ? [c.change.sql] : []));
  const statements = constraints.flatMap((c) => (c.change.kind === "statement" ? [c.change.sql] : []));
  if (actions.length === 0) return statements;
  return [sql`alter table ${relation(workspace)} ${joinSql(actions, sql`, `)}`, ...statements];
};

/** Each by itself, to find every one that cannot be made, and why. */
const oneByOne = async (session: Session, task: BuildTask): Promise<Finished> => {
  const violated: ConstraintStep[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const constraint of task.constraints) {
    const [change] = changesOf(rowsAt(task), [constraint]);
    if (change === undefined) continue;
    try {
      if (!(await holds(session, change))) violated.push(constraint);
    } catch (error) {
      if (!(error instanceof DatabaseError) || isCancelOrLoss(error)) throw error;
      // A foreign key on the table itself asks for the key that was just found violated: no news.
      if (error.sqlstate === SQLSTATE.invalidForeignKey && violated.length > 0) continue;
      diagnostics.push(unmadeDiagnostic(task, constraint, error));
    }
  }
  return { violated, diagnostics };
};

const unmadeDiagnostic = ({ node }: BuildTask, constraint: ConstraintStep, error: DatabaseError): Diagnostic => {
  const { origin, relation: on, name, at } = constraint;
  if (origin === "standing") return notCarried({ on, kind: constraint.kind.replaceAll("_", " "), name }, error, at);
  return databaseDiagnostic(error, "execute/sql-error", `${node}: ${name}`, at);
};

/** Makes it; false when the data say no. */
export const holds = async (session: Session, change: Sql): Promise<boolean> => {
  try {
    await runAgain(session, change);
    return true;
  } catch (error) {
    if (error instanceof DatabaseError && isConstraintViolation(error.sqlstate)) return false;
    throw error;
  }
};

const ATTEMPTS = 5;

/** Foreign keys lock both their ends: of two that cross, the server ends one, which can then be made. */
const runAgain = async (session: Session, statement: Sql): Promise<void> => {
  for (let attempt = 1; ; attempt++) {
    try {
      await session.run(statement);
      return;
    } catch (error) {
      const isCrossed = error instanceof DatabaseError && error.sqlstate === SQLSTATE.deadlockDetected;
      if (!isCrossed || attempt === ATTEMPTS) throw error;
    }
  }
};
