/** What COPY said of a seed's row, as a Diagnostic at the row's own line of the file. */
import type { DatabaseError } from "../../domain/contracts/database.ts";
import { type Diagnostic, errorOf } from "../../domain/diagnostic.ts";
import type { SeedPlan } from "./plan-seed.ts";
import { atLine } from "./row-faults.ts";

/** COPY counts the lines it was sent: the header and blank lines were not among them. */
export const copyFailure = (
  error: DatabaseError,
  { file, columns }: SeedPlan,
  lines: readonly { readonly sent: number; readonly ahead: number }[],
): Diagnostic => {
  // COPY teams, line 3, column points: "abc"
  const where = /^COPY .*?, line (\d+)(?:, column (.+?): "([\s\S]*)")?/.exec(error.context ?? "");
  const sent = where === null ? undefined : Number(where[1]);
  const ahead = lines.findLast((l) => sent !== undefined && l.sent < sent)?.ahead ?? 0;
  const line = sent === undefined ? undefined : sent + ahead;
  const column = columns.find((c) => c.name === where?.[2]);
  const place = line === undefined ? file.label : `line ${line} of ${file.label}`;
  const subject = column === undefined ? place : `${place}, column ${column.name}`;
  return errorOf("ingest/value-refused", `${subject}: ${error.message}`, {
    at: line === undefined ? undefined : atLine(file.label, line, where?.[3] ?? ""),
    help: column?.isDeclared === true ? `column_types declares ${column.name} as ${column.type}` : undefined,
  });
};
