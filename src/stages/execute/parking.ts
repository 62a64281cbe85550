/**
 * What publish parked and nobody may drop yet stands aside with its whole schema: a reader holds relations, never the
 * schema's name. So indexes and types keep their names, and the next publish parks in a schema that is empty.
 */
import { DatabaseError, type Session } from "../../domain/contracts/database.ts";
import { parkingOf, parkingsOf } from "../../domain/names.ts";
import { ident, sql } from "../../domain/sql.ts";
import { SQLSTATE } from "../../domain/sqlstate.ts";

/** The schema's new name; undefined when there is none left, or the role may not rename it. */
export const setAside = async (
  session: Session,
  schema: string,
  existing: ReadonlySet<string>,
): Promise<string | undefined> => {
  const parking = ident(parkingOf(schema));
  const free = parkingsOf(schema).find((name) => !existing.has(name));
  if (free === undefined) return undefined;
  try {
    await session.run(sql`begin; alter schema ${parking} rename to ${ident(free)}; create schema ${parking}; commit`);
    return free;
  } catch (error) {
    if (error instanceof DatabaseError && error.sqlstate === SQLSTATE.insufficientPrivilege) return undefined;
    throw error;
  }
};
