/**
 * Publish: what was built becomes live, in one transaction, or nothing does. (Where the server's lock table is too small
 * for one, and the project allows it: in parts, `publish-parts.ts`.)
 *
 * Before any lock: foreign keys that leave the run, taken names, old snapshots. Then SHARE UPDATE EXCLUSIVE, so that
 * autovacuum gives way and nobody changes what is about to be carried over; a savepoint; all ACCESS EXCLUSIVE locks in
 * one statement with a short lock_timeout, below deadlock_timeout, so that it is always publish and never a reader that
 * gives way; DDL only; the run's own row; COMMIT. Old relations are parked, and dropped afterwards.
 */
import { DatabaseError, type Session } from "../../../domain/contracts/database.ts";
import { databaseDiagnostic } from "../../../domain/database-diagnostic.ts";
import type { Diagnostic } from "../../../domain/diagnostic.ts";
import { worstExit } from "../../../domain/exit-code.ts";
import { lockBudget } from "../../../domain/lock-table.ts";
import { type RelationName, relationKey } from "../../../domain/names.ts";
import { sql } from "../../../domain/sql.ts";
import { SQLSTATE } from "../../../domain/sqlstate.ts";
import type { RunContext } from "../run-context.ts";
import { tryStanding } from "./carry/trial.ts";
import { replacedIn } from "./hanging-facts.ts";
import { dropLeavingKeys, makeLeavingKeys } from "./leaving-keys.ts";
import { GIVES_WAY, moveAll, timedOut } from "./move-all.ts";
import { waitForOldSnapshots } from "./old-snapshots.ts";
import { dropOutside, type Outside, type PreparedOutside, prepareOutside } from "./outside.ts";
import { morePartitions, readPartitions } from "./partitions.ts";
import { prepare } from "./prepare.ts";
import { publishParts } from "./publish-parts.ts";
import { lockTableFull, nameTaken, oldSnapshot } from "./publish-refusals.ts";
import { takenNames } from "./publish-sql.ts";
import { cancelled, type Published, type PublishRequest, refused } from "./published.ts";
import { changedRowTypes } from "./row-types.ts";
import { stoppableUntilCommit, type UntilCommit } from "./until-commit.ts";

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
  if (outside.kind === "refused") return unprepared(outside);
  if (relations.some((r) => r.oldKind !== undefined)) {
    const old = await run.waits.during(() => waitForOldSnapshots(run, session, request.oldSnapshotWaitMs));
    if (old.length > 0) {
      const diagnostic = oldSnapshot(old, request.readers);
      if (request.readers === "strict") return refused([diagnostic]);
      run.emit({ kind: "diagnostic", diagnostic });
    }
  }
  if (run.signal.aborted) return cancelled();
  await request.lock.check();
  const full = await lockTableOf(session, request);
  if (full.length > 0) return refused(full);
  if (plan.publish.parts.length === 1) return transaction(run, session, request, outside.outside);
  // It was a trial of the whole, before anything is published: each part then has its own.
  await dropOutside(run, plan, request.lockTimeoutMs);
  return publishParts(run, session, request, (part) => caught(run, () => publishPart(run, session, part)));
};

const publishPart = async (run: UntilCommit, session: Session, part: PublishRequest): Promise<Published> => {
  const outside = await prepareOutside(run, part.plan, part);
  if (run.signal.aborted) return cancelled();
  if (outside.kind === "refused") return unprepared(outside);
  await part.lock.check();
  const full = await lockTableOf(session, part);
  if (full.length > 0) return refused(full);
  return transaction(run, session, part, outside.outside);
};

const unprepared = ({ exits, diagnostics }: Extract<PreparedOutside, { kind: "refused" }>): Published => ({
  kind: "refused",
  exit: worstExit(exits),
  diagnostics,
});

/** What is cut into more partitions than before takes more than was planned, and others may have taken some meanwhile. */
const lockTableOf = async (session: Session, { plan, lockTable }: PublishRequest): Promise<readonly Diagnostic[]> => {
  const locks = await lockTable(session);
  const partitions = await readPartitions(session, plan.publish.relations);
  const needed = plan.publish.parts.map((part) => {
    const relations = plan.publish.relations.filter(({ node }) => part.nodes.includes(node));
    return part.locks + morePartitions(partitions, relations);
  });
  const most = Math.max(...needed);
  return most > lockBudget(locks) ? [lockTableFull(most, locks)] : [];
};

/** Until `publish_timeout` is over: what is locked is never waited for longer than one lock_timeout at a time. */
const transaction = async (
  run: UntilCommit,
  session: Session,
  request: PublishRequest,
  firstOutside: Outside,
): Promise<Published> => {
  let outside = firstOutside;
  const until = run.clock() + request.publishTimeoutMs;
  for (let attempts = 1; ; attempts++) {
    try {
      const prepared = await prepare(run, session, request, outside);
      if ("diagnostics" in prepared) return prepared;
      if (prepared.kind === "ready") {
        const moved = await moveAll(run, session, prepared, request, until, attempts);
        if (moved?.kind === "published") tellStale(run, prepared.stale);
        if (moved !== undefined) return moved;
      } else {
        await dropOutside(run, request.plan, request.lockTimeoutMs);
        const again = await prepareOutside(run, request.plan, request);
        if (again.kind === "refused") return unprepared(again);
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

const tellStale = (run: RunContext, stale: readonly RelationName[]): void => {
  for (const name of stale) {
    const message = `${relationKey(name)} is made of what was replaced, and keeps the rows of its own last refresh`;
    run.emit({ kind: "note", message });
  }
};
