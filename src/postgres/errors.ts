/** What the driver throws, in; a DatabaseError that keeps all the server said, out. SQLSTATEs are named here, once. */
import pg from "pg";
import { DatabaseError } from "../domain/contracts/database.ts";
import { NOTHING_PERSONAL, type Personal, withoutPersonalContext, withoutPersonalDetail } from "../domain/personal.ts";
import { maskedText, type Sql } from "../domain/sql.ts";

/** Network failures get the SQLSTATE of class 08 that says the same. */
const CONNECTION_FAILURE = "08006";
const CANNOT_CONNECT = "08001";

/** The driver's words for a connection that was not to be had in time. */
const NO_ANSWER = "timeout expired";

const NODE_CONNECT_CODES = new Set([
  "ECONNREFUSED",
  "ENOENT",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
]);

export const toDatabaseError = (
  error: unknown,
  statement: Sql | undefined,
  personal: Personal = NOTHING_PERSONAL,
): DatabaseError => {
  if (error instanceof DatabaseError) return error;
  if (error instanceof pg.DatabaseError) {
    const masked = (said: string): string => (statement === undefined ? said : maskedText(statement, said));
    const maskedIf = (said: string | undefined): string | undefined => (said === undefined ? undefined : masked(said));
    const sqlstate = error.code ?? "XX000";
    const { detail, where } = error;
    const said = { sqlstate, schema: error.schema, table: error.table };
    return new DatabaseError(
      masked(error.message),
      {
        sqlstate,
        detail: maskedIf(detail && withoutPersonalDetail(detail, said, personal)),
        hint: maskedIf(error.hint),
        position: error.position === undefined ? undefined : Number(error.position),
        constraint: error.constraint,
        table: error.table,
        schema: error.schema,
        column: error.column,
        context: maskedIf(where && withoutPersonalContext(where, personal)),
        statement,
      },
      { cause: error },
    );
  }
  const cause = error instanceof Error ? error : new Error(String(error));
  const code = "code" in cause ? String(cause.code) : "";
  const said = cause.message === NO_ANSWER ? "the server did not answer in time" : cause.message;
  return new DatabaseError(
    said === "" ? code : said,
    {
      sqlstate: NODE_CONNECT_CODES.has(code) || cause.message === NO_ANSWER ? CANNOT_CONNECT : CONNECTION_FAILURE,
      detail: undefined,
      hint: undefined,
      position: undefined,
      constraint: undefined,
      table: undefined,
      schema: undefined,
      column: undefined,
      context: undefined,
      statement,
    },
    { cause },
  );
};
