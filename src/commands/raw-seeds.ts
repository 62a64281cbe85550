/** The raw-loading seeds of an opened project, loaded where they changed; what went to quarantine is told. */
import type { Database } from "../domain/contracts/database.ts";
import { type ExitCode, exitOf } from "../domain/exit-code.ts";
import { bookkeepingSchema } from "../domain/names.ts";
import { rejectedRows } from "../stages/ingest/rejected-rows.ts";
import { seedRaw } from "../stages/ingest/seed-raw.ts";
import type { CommandContext } from "./context.ts";
import { type OpenProject, tell } from "./open-project.ts";
import { stoppable } from "./stoppable.ts";

/** `stopped`: a seed could not be loaded at all. `exit` is 1 when rows were refused and that is not allowed. */
export type RawSeeding = { readonly kind: "stopped" | "loaded"; readonly exit: ExitCode };

export const loadRawSeeds = async (
  context: CommandContext,
  { project, manifest }: OpenProject,
  database: Database,
  rejects: "refused" | "allowed",
): Promise<RawSeeding> => {
  const bookkeeping = bookkeepingSchema(manifest.target.schemaPrefix);
  const { runId, emit, now, signal } = context;
  const request = { mappings: manifest.mappings, root: project.root, runId, bookkeeping, emit, now };
  const seeded = await stoppable(signal, database, () => seedRaw(database, request));
  tell(context, seeded);
  if (!seeded.ok) return { kind: "stopped", exit: exitOf(seeded.diagnostics) };
  const found = seeded.value
    .filter(({ load }) => load.rejected > 0)
    .map(({ mapping, file, load }) => rejectedRows(mapping.name, file, load, bookkeeping, rejects));
  for (const diagnostic of found) context.emit({ kind: "diagnostic", diagnostic });
  return { kind: "loaded", exit: exitOf(found) };
};
