/** What was set on the relation that is replaced, set on the new one in the workspace: storage, statistics, columns. */
import { DatabaseError, type Session } from "../../domain/contracts/database.ts";
import type { Diagnostic } from "../../domain/diagnostic.ts";
import { relationKey } from "../../domain/names.ts";
import type { BuildTask } from "../../domain/plan.ts";
import { joinSql, sql } from "../../domain/sql.ts";
import { isNoFault } from "../../domain/sqlstate.ts";
import { columnsIn, fitting } from "./publish/carry/carry-over.ts";
import { notCarried } from "./publish/carry/not-carried.ts";

/** What the server would not have there; an empty list when all was set. */
export const setStanding = async (session: Session, task: BuildTask): Promise<readonly Diagnostic[]> => {
  const { workspace, standing, at } = task;
  if (standing.every((s) => s.workspace.length === 0)) return [];
  const columns = (await columnsIn(session, [workspace.schema])).get(relationKey(workspace)) ?? [];
  const found: Diagnostic[] = [];
  for (const thing of fitting(standing, columns)) {
    if (thing.workspace.length === 0) continue;
    try {
      await session.run(joinSql(thing.workspace, sql`; `));
    } catch (error) {
      if (!(error instanceof DatabaseError) || isNoFault(error.sqlstate)) throw error;
      found.push(notCarried(thing, error, at));
    }
  }
  return found;
};
