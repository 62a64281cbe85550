/** A node's settings as the first statements of its transactions, and what to say when one of them ends or stops it. */
import type { DatabaseError } from "../../domain/contracts/database.ts";
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import type { BuildTask } from "../../domain/plan.ts";
import { ident, joinSql, literal, type Sql, sql } from "../../domain/sql.ts";
import { SQLSTATE } from "../../domain/sqlstate.ts";

/** Ends with the transaction, so that the next node on the session knows nothing of it. */
export const setLocal = ({ settings }: Pick<BuildTask, "settings">): Sql =>
  joinSql(
    settings.map(({ name, value }) => sql` set local ${nameSql(name)} = ${literal(value)};`),
    sql``,
  );

/** An extension's setting is `extension.name`. */
const nameSql = (name: string): Sql => joinSql(name.split(".").map(ident), sql`.`);

/** What the server said of a setting, or because of one, at the place where it is written; undefined for anything else. */
export const settingFault = (
  { node, settings }: Pick<BuildTask, "node" | "settings">,
  { sqlstate, message, hint }: DatabaseError,
): Diagnostic | undefined => {
  const limit = settings.find(({ name }) => LIMITS[name] === sqlstate && message.includes(name.replace("_", " ")));
  if (limit !== undefined) {
    const help = `it was given ${limit.value} by \`${limit.name}\`: raise it, or make the query cheaper`;
    return errorOf("execute/sql-error", `${node}: ${message} (SQLSTATE ${sqlstate})`, { at: limit.span, help });
  }
  const refused = settings.find(({ name }) => ABOUT_SETTINGS.includes(sqlstate) && message.includes(`"${name}"`));
  if (refused === undefined) return undefined;
  return errorOf("execute/sql-error", `${node}: ${message} (SQLSTATE ${sqlstate})`, { at: refused.span, help: hint });
};

const LIMITS: Readonly<Record<string, string>> = {
  statement_timeout: SQLSTATE.queryCanceled,
  lock_timeout: SQLSTATE.lockNotAvailable,
};

/** Unknown, of a value that it cannot have, of a right that is missing, or to be set at another time. */
const ABOUT_SETTINGS: readonly string[] = ["42704", SQLSTATE.invalidParameterValue, "42501", "55P02", "42602"];
