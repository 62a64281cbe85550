/** An opened project's migrations, checked; their states in a database; and the pending ones applied. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Database } from "../domain/contracts/database.ts";
import type { Outcome } from "../domain/diagnostic.ts";
import { MIGRATION_LOCK, runMigrations } from "../postgres/migrations.ts";
import { applyMigrations } from "../stages/migrate/apply-migrations.ts";
import { type MigrationStates, migrationStates } from "../stages/migrate/ledger.ts";
import { checkMigrations, type Migration } from "../stages/migrate/migration-files.ts";
import type { CommandContext } from "./context.ts";
import type { OpenProject } from "./open-project.ts";
import { stoppable } from "./stoppable.ts";

const FOLDER = "migrations";

export const migrationsOf = async ({ project }: Pick<OpenProject, "project">): Promise<Outcome<readonly Migration[]>> =>
  checkMigrations(await namesIn(join(project.root, FOLDER)), project.migrations);

/** Without a folder there are no migrations. */
const namesIn = async (folder: string): Promise<readonly string[]> => {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
};

/** Reads only; a database without a ledger has all of them pending. */
export const migrationStatesOn = async (
  opened: Pick<OpenProject, "project">,
  database: Database,
): Promise<Outcome<MigrationStates>> => {
  const migrations = await migrationsOf(opened);
  if (!migrations.ok) return migrations;
  return database.withSession("read", (session) => migrationStates(session, migrations.value));
};

/** The ones that were applied now; an event tells of each. */
export const applyPendingOn = async (
  context: CommandContext,
  opened: Pick<OpenProject, "project">,
  database: Database,
): Promise<Outcome<readonly Migration[]>> => {
  const migrations = await migrationsOf(opened);
  if (!migrations.ok) return migrations;
  return stoppable(context.signal, database, () =>
    applyMigrations(database, {
      migrations: migrations.value,
      folder: join(opened.project.root, FOLDER),
      run: runMigrations,
      lock: MIGRATION_LOCK,
      emit: context.emit,
      now: context.now,
    }),
  );
};
