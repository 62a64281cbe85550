/** Migrations and whether they are applied, one line each. */
import type { MigrationState } from "../../commands/answers.ts";
import { padEnd } from "../../lib/text-width.ts";

export const migrationLines = (migrations: readonly MigrationState[]): readonly string[] =>
  migrations.length === 0
    ? ["there are no migrations"]
    : migrations.map((m) => `${padEnd(m.status, "applied".length)}  ${m.name}`);
