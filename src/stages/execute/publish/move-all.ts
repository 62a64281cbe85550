/** From the savepoint to COMMIT: all exclusive locks at once, under a short time limit and again, then moves only. */
import { DatabaseError, type Session } from "../../../domain/contracts/database.ts";
import type { PublishedRelation } from "../../../domain/publish-plan.ts";
import { joinSql, literal, sql } from "../../../domain/sql.ts";
import { SQLSTATE } from "../../../domain/sqlstate.ts";
import { markPublished, publishedRelations, publishedRun, recordRelations } from "../records.ts";
import type { RunContext } from "../run-context.ts";
import { applyDeltas, lockLiveOf } from "./apply-deltas.ts";
import { type Holder, holderOf } from "./old-snapshots.ts";
import { commit } from "./outcome.ts";
import type { Ready } from "./prepare.ts";
import { inUse } from "./publish-refusals.ts";
import { lockHolders, lockTables, lockViews } from "./publish-sql.ts";
import { cancelled, type Published, type PublishRequest, refused } from "./published.ts";
import type { UntilCommit } from "./until-commit.ts";

/** What publish meets by trying again: it is always publish that gives way, never a reader. */
export const GIVES_WAY: ReadonlySet<string> = new Set([SQLSTATE.lockNotAvailable, SQLSTATE.deadlockDetected]);

/** Undefined: the locks were not to be had in this round of the savepoint; a new transaction may try again. */
export const moveAll = async (
  run: UntilCommit,
  session: Session,
  { late, statements, others, views }: Ready,
  { plan, lockTimeoutMs, publishTimeoutMs, completes }: PublishRequest,
  until: number,
  firstAttempt: number,
): Promise<Published | undefined> => {
  const { relations } = plan.publish;
  const published = [...relations, ...plan.publish.deltas];
  const records = [recordRelations(run, published), ...(completes === "run" ? [markPublished(run)] : [])];
  const evidence = completes === "run" ? publishedRun(run) : publishedRelations(run, published);
  const locks = [
    ...lockViews(relations, views),
    lockTables(relations, others, sql`access exclusive`),
    late === undefined ? undefined : lockLiveOf(plan.publish.deltas),
  ].filter((lock) => lock !== undefined);
  for (let attempts = firstAttempt; ; attempts++) {
    try {
      const limit = sql`set local lock_timeout = ${literal(lockTimeoutMs)}`;
      await run.waits.during(() => session.step(joinSql([limit, ...locks], sql`; `)));
      const lockedAt = run.clock();
      if (late !== undefined && late.before.length > 0) await session.step(joinSql(late.before, sql`; `));
      const differing = late === undefined ? [] : await applyDeltas(session, late.deltas, plan.publish, late.twins);
      if (differing.length > 0) {
        await session.step(sql`rollback`);
        return refused(differing);
      }
      await session.step(joinSql([...statements, ...records], sql`;\n`));
      // A Ctrl-C that came until here rolls back; from COMMIT on its outcome is what the run's row says.
      if (run.signal.aborted) {
        await session.step(sql`rollback`);
        return cancelled();
      }
      run.passCommit();
      const lost = await commit(run, session, { evidence, patienceMs: publishTimeoutMs });
      if (lost !== undefined) return lost;
      const endedAt = run.clock();
      return {
        kind: "published",
        relations: published.length,
        lockedMs: endedAt - lockedAt,
        waitedMs: run.waits.totalMs(),
        attempts,
      };
    } catch (error) {
      if (!(error instanceof DatabaseError) || !GIVES_WAY.has(error.sqlstate)) throw error;
      await session.step(sql`rollback to savepoint before_locks`);
      run.waits.tell("lock", await holdersOf(run, relations));
      if (run.clock() > until || run.signal.aborted) {
        await session.step(sql`rollback`);
        return undefined;
      }
      await run.waits.during(() => run.sleep(20 + run.random() * lockTimeoutMs));
    }
  }
};

const holdersOf = async (run: RunContext, relations: readonly PublishedRelation[]): Promise<readonly Holder[]> => {
  const rows = await run.database.withSession("read", (session) => session.rows(lockHolders(relations)));
  return rows.map(holderOf).filter((h) => !h.application.startsWith(`galley/${run.runId}/`));
};

export const timedOut = async (run: RunContext, { plan, publishTimeoutMs }: PublishRequest): Promise<Published> =>
  refused([inUse(await holdersOf(run, plan.publish.relations), publishTimeoutMs)]);
