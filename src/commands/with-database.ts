/** Opens the target's database for a command, with Galley's own tables in it, and closes it whatever happens. */

import { DatabaseError } from "../domain/contracts/database.ts";
import { databaseDiagnostic } from "../domain/database-diagnostic.ts";
import { exitOf } from "../domain/exit-code.ts";
import { bookkeepingSchema } from "../domain/names.ts";
import { personalIn } from "../domain/personal.ts";
import { shownText } from "../domain/sql.ts";
import { ensureBookkeeping } from "../postgres/bookkeeping.ts";
import { type Connection, connect } from "../postgres/connect.ts";
import type { CommandContext, CommandResult } from "./context.ts";
import type { ProjectInput } from "./inputs.ts";
import { type OpenProject, refusedWith } from "./open-project.ts";

/** `reads`: the database may be one that Galley never wrote to, and stays so. */
export type Access = "reads" | "writes";

export const withDatabase = async <T>(
  context: CommandContext,
  { project, manifest }: OpenProject,
  { isDebug }: Pick<ProjectInput, "isDebug">,
  access: Access,
  use: (connection: Connection) => Promise<CommandResult<T>>,
): Promise<CommandResult<T>> => {
  const { target } = manifest;
  const opened = await connect({
    target,
    projectRoot: project.root,
    runId: context.runId,
    personal: personalIn(manifest),
    extensions: access === "writes" ? project.settings.extensions : [],
    report: (message) => context.emit({ kind: "note", message }),
    trace: isDebug
      ? (statement, ms, error) =>
          context.emit({
            kind: "statement",
            text: shownText(statement),
            ms,
            rows: undefined,
            sqlstate: error?.sqlstate,
          })
      : undefined,
  });
  if (!opened.ok) return { exitCode: refusedWith(context, opened.diagnostics), value: undefined };
  const connection = opened.value;
  const { server, database } = connection;
  try {
    if (server !== undefined && !server.wasRunning) {
      context.emit({
        kind: "server_started",
        version: server.version,
        ms: server.startedMs,
        isFirstStart: server.isFirstStart,
      });
    }
    if (access === "writes") {
      const made = await ensureBookkeeping(database, bookkeepingSchema(target.schemaPrefix));
      if (!made.ok) return { exitCode: refusedWith(context, made.diagnostics), value: undefined };
    }
    return await use(connection);
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    const diagnostic = databaseDiagnostic(error, "execute/sql-error", `target "${target.name}"`, undefined);
    context.emit({ kind: "diagnostic", diagnostic });
    return { exitCode: exitOf([diagnostic]), value: undefined };
  } finally {
    await connection.close();
  }
};
