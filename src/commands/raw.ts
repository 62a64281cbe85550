/**
 * Brings raw up to date before a run builds on it: migrations, then raw-loading seeds, each in transactions of its own.
 * On the embedded database a run does this itself; elsewhere it only looks whether migrations are pending, and refuses.
 */
import type { Database } from "../domain/contracts/database.ts";
import { errorOf } from "../domain/diagnostic.ts";
import { type ExitCode, exitOf } from "../domain/exit-code.ts";
import type { Target } from "../domain/target.ts";
import type { Connection } from "../postgres/connect.ts";
import type { CommandContext } from "./context.ts";
import { applyPendingOn, migrationStatesOn } from "./migrations.ts";
import { type OpenProject, refusedWith, tell } from "./open-project.ts";
import type { RunVerb } from "./prepare.ts";
import { loadRawSeeds } from "./raw-seeds.ts";

/** `stopped`: nothing may be built on raw as it is. Rows that were refused stop nothing, and ask for their exit code. */
export type RawState = { readonly kind: "ready" | "stopped"; readonly exit: ExitCode };

/** A prefixed copy shares raw with others, and leaves it alone. */
const isOwnRaw = ({ type, schemaPrefix }: Target): boolean => type === "embedded" && schemaPrefix === "";

export const bringRawUpToDate = async (
  context: CommandContext,
  opened: OpenProject,
  { database }: Connection,
  verb: RunVerb,
  rejects: "refused" | "allowed",
): Promise<RawState> => {
  const { target } = opened.manifest;
  if (isOwnRaw(target)) {
    const applied = await applyPendingOn(context, opened, database);
    tell(context, applied);
    if (!applied.ok) return { kind: "stopped", exit: exitOf(applied.diagnostics) };
  } else {
    const states = await migrationStatesOn(opened, database);
    if (!states.ok) return { kind: "stopped", exit: refusedWith(context, states.diagnostics) };
    const pending = states.value.pending.map((m) => m.fileName);
    if (pending.length > 0)
      return { kind: "stopped", exit: refusedWith(context, [pendingDiagnostic(pending, target)]) };
  }
  if (!isOwnRaw(target) && verb !== "seed") return { kind: "ready", exit: 0 };
  const seeded = await loadRawSeeds(context, opened, database, rejects);
  return { kind: seeded.kind === "loaded" ? "ready" : "stopped", exit: seeded.exit };
};

const pendingDiagnostic = (pending: readonly string[], { name }: Target) =>
  errorOf(
    "migrate/pending",
    `${pending.length === 1 ? "a migration is" : `${pending.length} migrations are`} pending on target "${name}": ${pending.join(", ")}`,
    {
      help: `run: galley migrate --target ${name}`,
    },
  );

/** The pending migrations' file names; what is wrong with migrations is for `migrate` and `build` to say. */
export const pendingOn = async (opened: OpenProject, database: Database): Promise<readonly string[]> => {
  const states = await migrationStatesOn(opened, database);
  return states.ok ? states.value.pending.map((m) => m.fileName) : [];
};
