/** A DatabaseError in, a Diagnostic at the author's own line out. */
import type { DiagnosticCode } from "./codes.ts";
import type { DatabaseError } from "./contracts/database.ts";
import { type Diagnostic, errorOf, type Note } from "./diagnostic.ts";
import type { Span } from "./source.ts";
import { originAt } from "./sql.ts";
import { isConnectionLoss } from "./sqlstate.ts";

/** `where`: the place to name when the server's position falls on SQL that Galley generated. */
export const databaseDiagnostic = (
  error: DatabaseError,
  code: DiagnosticCode,
  subject: string,
  where: Span | undefined,
): Diagnostic => {
  if (isConnectionLoss(error.sqlstate)) {
    return errorOf("postgres/connection-lost", `${subject}: ${error.message} (${error.sqlstate})`, {
      at: undefined,
      help: "is the server up? `galley debug` tells; live is unchanged unless publish was reached. Run again",
    });
  }
  const origin =
    error.position === undefined || error.statement === undefined
      ? undefined
      : originAt(error.statement, error.position);
  const notes: Note[] = (origin?.calledFrom ?? []).map((at) => ({ message: "called from here", at }));
  if (error.detail !== undefined) notes.push({ message: error.detail, at: undefined });
  return errorOf(code, `${subject}: ${error.message} (SQLSTATE ${error.sqlstate})`, {
    at: origin?.span ?? where,
    notes,
    help: error.hint ?? adviceFor(error),
  });
};

const adviceFor = ({ sqlstate, message }: DatabaseError): string | undefined => {
  if (sqlstate === "42P01" && !message.includes(".")) {
    return 'model SQL runs with a search_path of pg_catalog: name relations with {{ref "…"}} or {{source "…" "…"}}';
  }
  if (sqlstate === "53100")
    return "the disk of the server is full: free some space and run again; committed data is safe";
  if (sqlstate === "42501") return "the role of the target lacks a right; `galley debug` shows which role that is";
  return undefined;
};
