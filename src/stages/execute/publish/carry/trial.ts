/**
 * Whether what stands on the old relations fits the new ones, before anything live is locked: the statements of publish,
 * on the workspace's relations, rolled back.
 */
import { DatabaseError, type Session } from "../../../../domain/contracts/database.ts";
import type { Diagnostic } from "../../../../domain/diagnostic.ts";
import { relationKey, workspaceOf } from "../../../../domain/names.ts";
import { joinSql, literal, type Sql, sql } from "../../../../domain/sql.ts";
import type { StandingSetting } from "../../../../domain/standing.ts";
import { columnsIn, fitting } from "./carry-over.ts";
import { notCarried } from "./not-carried.ts";

export const tryStanding = async (
  session: Session,
  standing: readonly StandingSetting[],
  lockTimeoutMs: number,
): Promise<readonly Diagnostic[]> => {
  const tried = standing.filter((s) => s.trial.length > 0);
  if (tried.length === 0) return [];
  const columns = await columnsIn(session, [...new Set(tried.map((s) => workspaceOf(s.on.schema)))]);
  const fit = tried.filter((s) => fitting([s], columns.get(relationKey(inWorkspace(s))) ?? []).length > 0);
  const begin = sql`begin; set local lock_timeout = ${literal(lockTimeoutMs)}`;
  if (await runs(session, [begin, ...fit.flatMap((s) => s.trial)])) return [];
  const found: Diagnostic[] = [];
  await session.step(begin);
  for (const thing of fit) {
    const refusal = await refusalOf(session, thing);
    if (refusal !== undefined) found.push(notCarried(thing, refusal, undefined));
  }
  await session.step(sql`rollback`);
  return found;
};

const inWorkspace = ({ on }: StandingSetting) => ({ schema: workspaceOf(on.schema), name: on.name });

/** All in one message: the common case, in which everything fits. */
const runs = async (session: Session, statements: readonly Sql[]): Promise<boolean> => {
  try {
    await session.step(joinSql(statements, sql`;\n`));
    return true;
  } catch (error) {
    if (error instanceof DatabaseError) return false;
    throw error;
  } finally {
    await session.step(sql`rollback`);
  }
};

/** What fits stays: a later one may need it. */
const refusalOf = async (session: Session, { trial }: StandingSetting): Promise<DatabaseError | undefined> => {
  try {
    await session.step(joinSql([sql`savepoint one`, ...trial, sql`release one`], sql`;\n`));
    return undefined;
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    await session.step(sql`rollback to savepoint one`);
    return error;
  }
};
