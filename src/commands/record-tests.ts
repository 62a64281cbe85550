/** What tests found, into Galley's own tables: of `galley test`, which holds no lock and may have no right to write; and the end of a run. */
import { DatabaseError } from "../domain/contracts/database.ts";
import type { RunState } from "../domain/event.ts";
import type { ExitCode } from "../domain/exit-code.ts";
import type { Manifest } from "../domain/manifest.ts";
import { bookkeepingSchema } from "../domain/names.ts";
import { retentionIn } from "../domain/retention.ts";
import { joinSql, sql } from "../domain/sql.ts";
import { SQLSTATE } from "../domain/sqlstate.ts";
import type { Connection } from "../postgres/connect.ts";
import { pruneTestFailures } from "../stages/execute/failure-records.ts";
import { finishRun, insertEndedRun, type TestRecord, testFindings } from "../stages/execute/records.ts";
import type { RunContext } from "../stages/execute/run-context.ts";
import type { CommandContext } from "./context.ts";
import { gitSha } from "./git-sha.ts";
import type { TestInput } from "./inputs.ts";
import type { OpenProject } from "./open-project.ts";
import { endState } from "./recorded-run.ts";

/** A run's end is written before the old rows go: that these cannot be cleared away must not hide it. */
export const closeRun = (run: RunContext, manifest: Manifest, state: RunState): Promise<void> =>
  run.database.withSession("durable", async (session) => {
    await session.run(finishRun(run, state));
    await session.run(pruneTestFailures(run.bookkeeping, retentionIn(manifest)));
  });

export type Tested = {
  readonly records: readonly TestRecord[];
  readonly exit: ExitCode;
  readonly ms: number;
};

/** In one transaction. Where the role may not write, or the server is a replica, the rows were shown, and that is all. */
export const recordTests = async (
  context: CommandContext,
  { select, exclude, against }: TestInput,
  { project, manifest }: OpenProject,
  { database }: Connection,
  { records, exit, ms }: Tested,
): Promise<void> => {
  if (records.length === 0) return;
  const { runId, signal } = context;
  const run = { runId, bookkeeping: bookkeepingSchema(manifest.target.schemaPrefix) };
  const facts = {
    projectName: manifest.projectName,
    target: manifest.target.name,
    command: "test",
    args: { select, exclude, against, writes: [] },
    gitSha: await gitSha(project.root),
    version: context.version,
  };
  const statements = [
    insertEndedRun(run, facts, endState(exit, signal), ms),
    ...testFindings(run, records),
    pruneTestFailures(run.bookkeeping, retentionIn(manifest)),
  ];
  try {
    await database.withSession("durable", (session) => session.run(joinSql(statements, sql`;\n`)));
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    const reason = REASONS[error.sqlstate] ?? `${error.message} (SQLSTATE ${error.sqlstate})`;
    if (records.some(({ stored }) => stored !== undefined))
      context.emit({ kind: "note", message: `failing rows are shown and not stored: ${reason}` });
  }
};

const NO_TABLES = "Galley's own tables are not here, or of an older version; a build makes them";

const REASONS: Readonly<Record<string, string>> = {
  [SQLSTATE.readOnly]: "the session is read-only",
  [SQLSTATE.insufficientPrivilege]: "the role may not write into Galley's own tables",
  [SQLSTATE.undefinedSchema]: NO_TABLES,
  [SQLSTATE.undefinedTable]: NO_TABLES,
  [SQLSTATE.undefinedColumn]: NO_TABLES,
};
