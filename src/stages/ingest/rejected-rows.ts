/** What went to quarantine, as one Diagnostic that shows the first rows. */
import { type Diagnostic, errorOf, type Note, warningOf } from "../../domain/diagnostic.ts";
import type { RawLoad } from "./load-mapping.ts";
import { atLine } from "./row-faults.ts";

/** `refused` rows fail the command, `allowed` ones are a warning. */
export type RejectsAre = "refused" | "allowed";

export const rejectedRows = (
  mapping: string,
  file: string,
  { rejected, firstRejected }: RawLoad,
  bookkeeping: string,
  are: RejectsAre,
): Diagnostic => {
  const make = are === "refused" ? errorOf : warningOf;
  const [first, ...others] = firstRejected;
  const notes: readonly Note[] = others.map(({ line, reason, raw }) => ({
    message: `line ${line}: ${reason}`,
    at: atLine(file, line, raw),
  }));
  const count = `${rejected} ${rejected === 1 ? "row" : "rows"} of ${file}`;
  const message = `${count} went to quarantine${first === undefined ? "" : `; line ${first.line}: ${first.reason}`}`;
  return make("ingest/rows-rejected", message, {
    at: first === undefined ? undefined : atLine(file, first.line, first.raw),
    notes,
    help: `the good rows are loaded; see: select * from ${bookkeeping}.quarantine where mapping = '${mapping}' order by at desc, line`,
  });
};
