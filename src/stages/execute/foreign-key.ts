/** Makes a foreign key between two nodes of the run; rows without a parent are a failed data test. */
import { DatabaseError } from "../../domain/contracts/database.ts";
import { databaseDiagnostic } from "../../domain/database-diagnostic.ts";
import { type ExitCode, exitOf } from "../../domain/exit-code.ts";
import { workspaceOf } from "../../domain/names.ts";
import type { PlanTask } from "../../domain/plan.ts";
import { ident, joinSql, relation, sql } from "../../domain/sql.ts";
import { holds } from "./holds.ts";
import { readAgain, retried } from "./retry-step.ts";
import type { RunContext } from "./run-context.ts";
import type { TestReport } from "./test-report.ts";

export const runForeignKey = async (
  run: RunContext,
  { id, constraint, tables }: Extract<PlanTask, { kind: "foreign-key" }>,
  report: TestReport,
): Promise<readonly ExitCode[]> => {
  const child = relation({ schema: workspaceOf(constraint.relation.schema), name: constraint.relation.name });
  try {
    const lock = sql`lock table ${joinSql(tables.map(relation), sql`, `)} in share row exclusive mode`;
    // An attempt whose answer was lost may have made it.
    const again = sql`alter table ${child} drop constraint if exists ${ident(constraint.name)}`;
    const statements = sql`begin; ${lock}; ${again}; alter table ${child} ${constraint.change.sql}; commit`;
    const isHeld = await retried(run, "model", constraint.name, (session) => holds(session, statements));
    if (isHeld) return [];
    await report.violation(readAgain(run, id), constraint, 0, []);
    return [1];
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    const diagnostic = databaseDiagnostic(error, "execute/sql-error", `foreign key ${constraint.name}`, constraint.at);
    run.emit({ kind: "diagnostic", diagnostic });
    return [exitOf([diagnostic])];
  }
};
