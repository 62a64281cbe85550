/** The publish transaction up to its savepoint: a light lock, everything read and planned again, the new rows brought in. */
import type { Session } from "../../../domain/contracts/database.ts";
import type { RelationName } from "../../../domain/names.ts";
import { joinSql, literal, type Sql, sql } from "../../../domain/sql.ts";
import { applyDeltas, type Deltas, lockDeltas, readDeltas } from "./apply-deltas.ts";
import { carryOver, leaveBehind } from "./carry/carry-over.ts";
import { readFacts } from "./carry/facts.ts";
import { changedStanding } from "./carry/not-carried.ts";
import {
  isPreparedFor,
  keysBeforeDeltas,
  type Outside,
  outsideStatements,
  readOutside,
  tablesOutside,
} from "./outside.ts";
import { carryOverPartitions, movePartitions, parkPartitions, readPartitions, recordPartitions } from "./partitions.ts";
import { lockTables, moveNew, parkOld } from "./publish-sql.ts";
import { type PublishRequest, type Refused, refused } from "./published.ts";
import { type RebuiltTwins, rebuiltTwins } from "./rebuilt-twins.ts";
import type { UntilCommit } from "./until-commit.ts";

/** Long enough for an autovacuum to be cancelled, which happens after deadlock_timeout (1 s). */
const VACUUM_TIMEOUT_MS = 5_000;

type Late = { readonly before: readonly Sql[]; readonly deltas: Deltas; readonly twins: RebuiltTwins };

export type Ready = {
  readonly kind: "ready";
  /** New rows that wait for the locks: columns or keys of live change with them. */
  readonly late: Late | undefined;
  /** What parks, moves and carries over. */
  readonly statements: readonly Sql[];
  /** Tables outside the run that are locked with the others. */
  readonly others: readonly RelationName[];
  /** Views outside the run that are re-pointed. */
  readonly views: readonly RelationName[];
  readonly stale: readonly RelationName[];
};

/**
 * Shuts out DDL by others, then reads what is carried over. Leaves the transaction open at a savepoint, but where
 * something was hung on a relation meanwhile that must be prepared outside it.
 */
export const prepare = async (
  run: UntilCommit,
  session: Session,
  request: PublishRequest,
  outside: Outside,
): Promise<Refused | Ready | { readonly kind: "unprepared" }> => {
  const { publish: planned } = request.plan;
  const { relations } = planned;
  const guards = [lockTables(relations, tablesOutside(outside), sql`share update exclusive`), lockDeltas(planned)];
  const limit = sql`set local lock_timeout = ${literal(VACUUM_TIMEOUT_MS)}`;
  const locks = joinSql([sql`begin`, limit, ...guards.filter((g) => g !== undefined)], sql`; `);
  await run.waits.forLock(session, () => session.step(locks));
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
  const { views, stale } = now.facts;
  return { kind: "ready", late, statements, others: tablesOutside(now), views: views.map((v) => v.name), stale };
};
