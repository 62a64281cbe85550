/**
 * Which row-level tests, once passed by a row, hold for it for good: their predicate reads nothing but the row, and calls
 * nothing that gives another answer tomorrow. PostgreSQL asks just that of the predicate of an index, so it is asked
 * whether it would take one, on an empty table that goes again.
 */
import type { CompiledTest } from "../../domain/compiled.ts";
import { DatabaseError, type Session } from "../../domain/contracts/database.ts";
import type { NodeId } from "../../domain/names.ts";
import { joinSql, relation, type Sql, sql } from "../../domain/sql.ts";
import { isConnectionLoss } from "../../domain/sqlstate.ts";
import { rowPredicate } from "../../domain/test-sql.ts";
import type { TestEnding } from "./test-ending.ts";

/** What the passed tests of this run vouch for, by test. What was judged on new rows alone was known to last before. */
export const proofsOf = async (
  session: Session,
  endings: readonly TestEnding[],
): Promise<ReadonlyMap<NodeId, string>> => {
  const passed = endings.filter((e) => e.status === "pass" && e.test.proof !== undefined).map((e) => e.test);
  const known = passed.filter((test) => test.judges === "new rows");
  const asked = passed.filter((test) => test.judges === "all rows");
  const lasting = [...known, ...(await lastingOf(session, asked))];
  return new Map(lasting.map((test) => [test.node.id, test.proof?.fingerprint ?? ""]));
};

const lastingOf = async (session: Session, tests: readonly CompiledTest[]): Promise<readonly CompiledTest[]> => {
  if (tests.length === 0 || (await isTaken(session, tests))) return tests;
  const found: CompiledTest[] = [];
  for (const test of tests) if (tests.length > 1 && (await isTaken(session, [test]))) found.push(test);
  return found;
};

const isTaken = async (session: Session, tests: readonly CompiledTest[]): Promise<boolean> => {
  const statements = tests.flatMap((test): readonly Sql[] =>
    test.proof === undefined
      ? []
      : [
          sql`create temporary table t (like ${relation(test.proof.columnsOf)})`,
          sql`create index on pg_temp.t ((1)) where (${rowPredicate(test)})`,
          sql`drop table pg_temp.t`,
        ],
  );
  try {
    await session.run(sql`begin; ${joinSql(statements, sql`; `)}; rollback`);
    return true;
  } catch (error) {
    // Also where the role may make no temporary tables: then all rows are judged each time.
    if (error instanceof DatabaseError && !isConnectionLoss(error.sqlstate)) return false;
    throw error;
  }
};
