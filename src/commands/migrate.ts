/** `galley migrate`: applies the pending migrations, or with `--dry-run` says which they are. */
import { exitOf } from "../domain/exit-code.ts";
import type { Migration } from "../stages/migrate/migration-files.ts";
import type { MigrationState } from "./answers.ts";
import type { Command } from "./context.ts";
import type { MigrateInput } from "./inputs.ts";
import { applyPendingOn, migrationStatesOn, migrationsOf } from "./migrations.ts";
import { openProject, refusedWith, tell } from "./open-project.ts";
import { sharedRawRefusal } from "./shared-raw.ts";
import { withDatabase } from "./with-database.ts";

/** The answer is the state of every migration after the command. */
export const migrate: Command<MigrateInput, readonly MigrationState[]> = async (context, input) => {
  const opened = await openProject(context, input, undefined);
  tell(context, opened);
  if (!opened.ok) return { exitCode: exitOf(opened.diagnostics), value: undefined };
  const { manifest } = opened.value;
  const refusal = input.isDryRun ? undefined : sharedRawRefusal("migrate", manifest.target, input);
  if (refusal !== undefined) return { exitCode: refusedWith(context, [refusal]), value: undefined };
  // Before a connection is made: files that are wrong are wrong on every database.
  const checked = await migrationsOf(opened.value);
  if (!checked.ok) return { exitCode: refusedWith(context, checked.diagnostics), value: undefined };
  return withDatabase(context, opened.value, input, input.isDryRun ? "reads" : "writes", async ({ database }) => {
    if (!input.isDryRun) {
      const applied = await applyPendingOn(context, opened.value, database);
      tell(context, applied);
      if (!applied.ok) return { exitCode: exitOf(applied.diagnostics), value: undefined };
    }
    const states = await migrationStatesOn(opened.value, database);
    tell(context, states);
    if (!states.ok) return { exitCode: exitOf(states.diagnostics), value: undefined };
    const pending = new Set(states.value.pending.map((m) => m.number));
    return { exitCode: 0, value: checked.value.map((m) => stateOf(m, pending)) };
  });
};

const stateOf = ({ number, fileName }: Migration, pending: ReadonlySet<number>): MigrationState => ({
  number,
  name: fileName,
  status: pending.has(number) ? "pending" : "applied",
});
