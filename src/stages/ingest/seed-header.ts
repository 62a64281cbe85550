/** A plain seed's file and config in; the names of its columns, as they will be in the database, out. */
import { failed, type Outcome, ok } from "../../domain/diagnostic.ts";
import { openTable, readFile } from "./open-table.ts";
import type { SeedFile, SeedReading } from "./plan-seed.ts";
import { readFailure } from "./read-failure.ts";

export const seedHeader = async (
  { absolutePath, label }: SeedFile,
  { delimiter, quoteColumns }: SeedReading,
): Promise<Outcome<readonly string[]>> => {
  try {
    const table = await openTable(readFile(absolutePath), label, delimiter, quoteColumns ? "keep" : "fold");
    if (!table.ok) return table;
    await table.value.blocks.return();
    return ok(table.value.columns);
  } catch (error) {
    const unread = readFailure(error, label);
    if (unread !== undefined) return failed(unread);
    throw error;
  }
};
