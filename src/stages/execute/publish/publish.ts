/**
 * Publish: what was built becomes live, in one transaction, or nothing does.
 *
 * Before any lock: foreign keys that leave the run, taken names, old snapshots. Then SHARE UPDATE EXCLUSIVE, so that
 * autovacuum gives way and nobody changes what is about to be carried over; a savepoint; all ACCESS EXCLUSIVE locks in
 * one statement with a short lock_timeout, below deadlock_timeout, so that it is always publish and never a reader that
 * gives way; DDL only; the run's own row; COMMIT. Old relations are parked, and dropped afterwards.
 */
import { DatabaseError, type Session } from "../../../domain/contracts/database.ts";
import { databaseDiagnostic } from "../../../domain/database-diagnostic.ts";
import type { Outcome } from "../../../domain/diagnostic.ts";
import { worstExit } from "../../../domain/exit-code.ts";
import { type LockTable, lockBudget } from "../../../domain/lock-table.ts";
import { type RelationName, relationKey } from "../../../domain/names.ts";
import type { Plan, PublishedRelation } from "../../../domain/plan.ts";
import { joinSql, literal, type Sql, sql } from "../../../domain/sql.ts";
import { SQLSTATE } from "../../../domain/sqlstate.ts";
import type { RunLock } from "../locks.ts";
import { markPublished, publishedRun, recordRelations } from "../records.ts";
import type { RunContext } from "../run-context.ts";
import type { TestReport } from "../test-report.ts";
import { applyDeltas, type Deltas, lockDeltas, lockLiveOf, readDeltas } from "./apply-deltas.ts";
import { carryOver, leaveBehind } from "./carry/carry-over.ts";
import { readFacts } from "./carry/facts.ts";
import { changedStanding } from "./carry/not-carried.ts";
import { tryStanding } from "./carry/trial.ts";
import { replacedIn } from "./hanging-facts.ts";
import { dropLeavingKeys, makeLeavingKeys } from "./leaving-keys.ts";
import { type Holder, holderOf, waitForOldSnapshots } from "./old-snapshots.ts";
import { commit } from "./outcome.ts";
import {
  dropOutside,
  isPreparedFor,
  keysBeforeDeltas,
  type Outside,
  outsideStatements,
  prepareOutside,
  readOutside,
  tablesOutside,
} from "./outside.ts";
import {
  carryOverPartitions,
  morePartitions,
  movePartitions,
  parkPartitions,
  readPartitions,
  recordPartitions,
} from "./partitions.ts";
import { inUse, lockTableFull, nameTaken, oldSnapshot } from "./publish-refusals.ts";
import { lockHolders, lockTables, moveNew, parkOld, takenNames } from "./publish-sql.ts";
import { cancelled, type Published, type Refused, refused } from "./published.ts";
import { type RebuiltTwins, rebuiltTwins } from "./rebuilt-twins.ts";
import { changedRowTypes } from "./row-types.ts";
import { stoppableUntilCommit, type UntilCommit } from "./until-commit.ts";

export type PublishRequest = {
  readonly plan: Plan;
  readonly lock: RunLock;
  readonly report: TestReport;
  readonly lockTimeoutMs: number;
  readonly publishTimeoutMs: number;
  readonly oldSnapshotWaitMs: number;
  /** Refuse, instead of warn, when an old snapshot does not go away. */
  readonly readers: "strict" | "warn";
  /** Plans again on what stands now: what is new on the relations that are replaced is carried too, or is a refusal. */
  readonly planAgain: (session: Session) => Promise<Outcome<Plan>>;
  readonly lockTable: (session: Session) => Promise<LockTable>;
};

export const publish = async (run: RunContext, request: PublishRequest): Promise<Published> => {
  const outcome = await run.database.withSession("durable", async (session) => {
    const ended = await stoppableUntilCommit(run, (inner) => caught(inner, () => attempt(inner, session, request)));
    // A cancel may have hit the transaction's own ROLLBACK.
    if (ended.kind === "refused") await session.step(sql`rollback`).catch(() => undefined);
    return ended;
  });
  if (outcome.kind === "refused") {
    await dropLeavingKeys(run, request.plan.publish.leavingForeignKeys);
    await dropOutside(run, request.plan, request.lockTimeoutMs);
  }
  return outcome;
};

const caught = async (run: RunContext, use: () => Promise<Published>): Promise<Published> => {
  try {
    return await use();
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    if (error.sqlstate === SQLSTATE.queryCanceled && run.signal.aborted) return cancelled();
    return refused([databaseDiagnostic(error, "execute/publish-failed", "publish", undefined)]);
  }
};

const attempt = async (run: UntilCommit, session: Session, request: PublishRequest): Promise<Published> => {
  const { plan } = request;
  const { relations, deltas } = plan.publish;
  const startedAt = run.clock();
  const exits = await makeLeavingKeys(run, plan.publish.leavingForeignKeys, request);
  if (exits.length > 0) return { kind: "refused", exit: worstExit(exits), diagnostics: [] };
  if (run.signal.aborted) return cancelled();
  const taken = relations.length === 0 ? [] : await session.rows(takenNames(relations, deltas));
  if (taken.length > 0)
    return refused(taken.map((row) => nameTaken(`${row["schema"]}.${row["name"]}`, row["kind"] ?? "")));
  const unfit = await tryStanding(session, plan.publish.standing, request.lockTimeoutMs);
  if (unfit.length > 0) return refused(unfit);
  for (const message of await changedRowTypes(session, replacedIn(relations))) run.emit({ kind: "note", message });
  const outside = await prepareOutside(run, plan, request);
  if (run.signal.aborted) return cancelled();
  if (outside.kind === "refused")
    return { kind: "refused", exit: worstExit(outside.exits), diagnostics: outside.diagnostics };
  if (relations.some((r) => r.oldKind !== undefined)) {
    const old = await waitForOldSnapshots(run, session, request.oldSnapshotWaitMs);
    if (old.length > 0) {
      const diagnostic = oldSnapshot(old, request.readers);
      if (request.readers === "strict") return refused([diagnostic]);
      run.emit({ kind: "diagnostic", diagnostic });
    }
  }
  if (run.signal.aborted) return cancelled();
  await request.lock.check();
  const locks = await request.lockTable(session);
  const needed = plan.publish.locks + morePartitions(await readPartitions(session, relations), relations);
  if (needed > lockBudget(locks)) return refused([lockTableFull(needed, locks)]);
  return transaction(run, session, request, outside.outside, startedAt);
};

/** Until `publish_timeout` is over: what is locked is never waited for longer than one lock_timeout at a time. */
const transaction = async (
  run: UntilCommit,
  session: Session,
  request: PublishRequest,
  firstOutside: Outside,
  startedAt: number,
): Promise<Published> => {
  let outside = firstOutside;
  const until = run.clock() + request.publishTimeoutMs;
  for (let attempts = 1; ; attempts++) {
    try {
      const prepared = await prepare(run, session, request, outside);
      if (prepared.kind === "refused" || prepared.kind === "unknown") return prepared;
      if (prepared.kind === "ready") {
        const moved = await moveAll(run, session, prepared, request, until, attempts, startedAt);
        if (moved?.kind === "published") tellStale(run, prepared.stale);
        if (moved !== undefined) return moved;
      } else {
        await dropOutside(run, request.plan, request.lockTimeoutMs);
        const again = await prepareOutside(run, request.plan, request);
        if (again.kind === "refused")
          return { kind: "refused", exit: worstExit(again.exits), diagnostics: again.diagnostics };
        outside = again.outside;
      }
    } catch (error) {
      await session.step(sql`rollback`).catch(() => undefined);
      if (!(error instanceof DatabaseError) || !GIVES_WAY.has(error.sqlstate)) throw error;
    }
    if (run.signal.aborted) return cancelled();
    if (run.clock() > until) return timedOut(run, request);
  }
};

const GIVES_WAY: ReadonlySet<string> = new Set([SQLSTATE.lockNotAvailable, SQLSTATE.deadlockDetected]);

/** Long enough for an autovacuum to be cancelled, which happens after deadlock_timeout (1 s). */
const VACUUM_TIMEOUT_MS = 5_000;

type Late = { readonly before: readonly Sql[]; readonly deltas: Deltas; readonly twins: RebuiltTwins };

type Ready = {
  readonly kind: "ready";
  /** New rows that wait for the locks: columns or keys of live change with them. */
  readonly late: Late | undefined;
  /** What parks, moves and carries over. */
  readonly statements: readonly Sql[];
  /** Tables outside the run that are locked with the others. */
  readonly others: readonly RelationName[];
  readonly stale: readonly RelationName[];
};

/**
 * Shuts out DDL by others, then reads what is carried over. Leaves the transaction open at a savepoint, but where
 * something was hung on a relation meanwhile that must be prepared outside it.
 */
const prepare = async (
  run: RunContext,
  session: Session,
  request: PublishRequest,
  outside: Outside,
): Promise<Refused | Ready | { readonly kind: "unprepared" }> => {
  const { publish: planned } = request.plan;
  const { relations } = planned;
  const guards = [lockTables(relations, tablesOutside(outside), sql`share update exclusive`), lockDeltas(planned)];
  await session.step(
    joinSql(
      [
        sql`begin`,
        sql`set local lock_timeout = ${literal(VACUUM_TIMEOUT_MS)}`,
        ...guards.filter((g) => g !== undefined),
      ],
      sql`; `,
    ),
  );
  const again = await request.planAgain(session);
  const changed = again.ok ? changedStanding(request.plan, again.value) : again.diagnostics;
  if (!again.ok || changed.length > 0) {
    await session.step(sql`rollback`);
    return refused(changed);
  }
  const now = await readOutside(session, planned);
  if (!isPreparedFor(outside, now)) {
    await session.step(sql`rollback`);
    return { kind: "unprepared" };
  }
  const deltas = await readDeltas(session, planned);
  const before = keysBeforeDeltas(now, planned.deltas);
  const twins = rebuiltTwins(now, planned);
  const isLate = deltas.change === "columns" || before.length > 0;
  const differing = isLate ? [] : await applyDeltas(session, deltas, planned, twins);
  if (differing.length > 0) {
    await session.step(sql`rollback`);
    return refused(differing);
  }
  const { standing } = again.value.publish;
  const facts = await readFacts(session, relations);
  const partitions = await readPartitions(session, relations);
  await session.step(sql`savepoint before_locks`);
  const statements = [
    ...leaveBehind(standing, facts),
    ...relations.flatMap((r) => [...parkOld(r), ...parkPartitions(partitions, r)]),
    ...relations.flatMap((r) => [moveNew(r), ...movePartitions(partitions, r)]),
    ...relations.flatMap((r) => [...carryOver(r, facts, standing), ...carryOverPartitions(partitions, r, facts)]),
    ...recordPartitions(run, partitions, relations),
    ...outsideStatements(now, planned.deltas),
  ];
  const late = isLate ? { before, deltas, twins } : undefined;
  return { kind: "ready", late, statements, others: tablesOutside(now), stale: now.facts.stale };
};

const tellStale = (run: RunContext, stale: readonly RelationName[]): void => {
  for (const name of stale) {
    const message = `${relationKey(name)} is made of what was replaced, and keeps the rows of its own last refresh`;
    run.emit({ kind: "note", message });
  }
};

/** Undefined: the locks were not to be had in this round of the savepoint; a new transaction may try again. */
const moveAll = async (
  run: UntilCommit,
  session: Session,
  { late, statements, others }: Ready,
  { plan, lockTimeoutMs, publishTimeoutMs }: PublishRequest,
  until: number,
  firstAttempt: number,
  startedAt: number,
): Promise<Published | undefined> => {
  const { relations } = plan.publish;
  const locks = [
    lockTables(relations, others, sql`access exclusive`),
    late === undefined ? undefined : lockLiveOf(plan.publish.deltas),
  ].filter((lock) => lock !== undefined);
  for (let attempts = firstAttempt; ; attempts++) {
    try {
      await session.step(joinSql([sql`set local lock_timeout = ${literal(lockTimeoutMs)}`, ...locks], sql`; `));
      const lockedAt = run.clock();
      if (late !== undefined && late.before.length > 0) await session.step(joinSql(late.before, sql`; `));
      const differing = late === undefined ? [] : await applyDeltas(session, late.deltas, plan.publish, late.twins);
      if (differing.length > 0) {
        await session.step(sql`rollback`);
        return refused(differing);
      }
      const records = [recordRelations(run, [...relations, ...plan.publish.deltas]), markPublished(run)];
      await session.step(joinSql([...statements, ...records], sql`;\n`));
      // A Ctrl-C that came until here rolls back; from COMMIT on its outcome is what the run's row says.
      if (run.signal.aborted) {
        await session.step(sql`rollback`);
        return cancelled();
      }
      run.passCommit();
      const lost = await commit(run, session, { evidence: publishedRun(run), patienceMs: publishTimeoutMs });
      if (lost !== undefined) return lost;
      const endedAt = run.clock();
      return {
        kind: "published",
        relations: relations.length + plan.publish.deltas.length,
        lockedMs: endedAt - lockedAt,
        waitedMs: lockedAt - startedAt,
        attempts,
      };
    } catch (error) {
      if (!(error instanceof DatabaseError) || !GIVES_WAY.has(error.sqlstate)) throw error;
      await session.step(sql`rollback to savepoint before_locks`);
      if (attempts === firstAttempt) await tellHolders(run, relations);
      if (run.clock() > until || run.signal.aborted) {
        await session.step(sql`rollback`);
        return undefined;
      }
      await run.sleep(20 + run.random() * lockTimeoutMs);
    }
  }
};

const holdersOf = async (run: RunContext, relations: readonly PublishedRelation[]): Promise<readonly Holder[]> => {
  const rows = await run.database.withSession("read", (session) => session.rows(lockHolders(relations)));
  return rows.map(holderOf).filter((h) => !h.application.startsWith(`galley/${run.runId}/`));
};

const tellHolders = async (run: RunContext, relations: readonly PublishedRelation[]): Promise<void> => {
  const holders = await holdersOf(run, relations);
  if (holders.length > 0) run.emit({ kind: "publish_waiting", reason: "lock", holders });
};

const timedOut = async (run: RunContext, { plan, publishTimeoutMs }: PublishRequest): Promise<Published> =>
  refused([inUse(await holdersOf(run, plan.publish.relations), publishTimeoutMs)]);
