/** Makes a constraint, and hears from the server whether the data allow it. */
import type { QueryResult, Session } from "../../domain/contracts/database.ts";
import { DatabaseError } from "../../domain/contracts/database.ts";
import type { Sql } from "../../domain/sql.ts";
import { isConstraintViolation, SQLSTATE } from "../../domain/sqlstate.ts";

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
export const runAgain = async (session: Session, statement: Sql): Promise<readonly QueryResult[]> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await session.run(statement);
    } catch (error) {
      const isCrossed = error instanceof DatabaseError && error.sqlstate === SQLSTATE.deadlockDetected;
      if (!isCrossed || attempt === ATTEMPTS) throw error;
    }
  }
};
