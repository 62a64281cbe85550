/** Makes a foreign key between two nodes of the run; rows without a parent are a failed data test. */
import { DatabaseError, type Session } from "../../domain/contracts/database.ts";
import { databaseDiagnostic } from "../../domain/database-diagnostic.ts";
import { type ExitCode, exitOf } from "../../domain/exit-code.ts";
import { workspaceOf } from "../../domain/names.ts";
import type { ConstraintStep } from "../../domain/plan.ts";
import { relation, sql } from "../../domain/sql.ts";
import { SQLSTATE } from "../../domain/sqlstate.ts";
import { holds } from "./build-node.ts";
import type { RunContext } from "./run-context.ts";
import type { TestReport } from "./test-report.ts";

export const runForeignKey = async (
  run: RunContext,
  session: Session,
  constraint: ConstraintStep,
  report: TestReport,
): Promise<readonly ExitCode[]> => {
  const child = relation({ schema: workspaceOf(constraint.relation.schema), name: constraint.relation.name });
  try {
    if (await holds(session, sql`alter table ${child} ${constraint.change.sql}`)) return [];
    await report.violation(session, constraint, 0);
    return [1];
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    // Each key locks both its tables, so two that point at each other can meet crosswise: the other one is made by now.
    if (error.sqlstate === SQLSTATE.deadlockDetected && !run.signal.aborted)
      return runForeignKey(run, session, constraint, report);
    const diagnostic = databaseDiagnostic(error, "execute/sql-error", `foreign key ${constraint.name}`, constraint.at);
    run.emit({ kind: "diagnostic", diagnostic });
    return [exitOf([diagnostic])];
  }
};
