/** Staged rows and steps in; one transaction in which every row that could be written was written, and the counts, out. */
import { Readable } from "node:stream";
import type { QueryResult, Session } from "../../domain/contracts/database.ts";
import type { IngestCounts } from "../../domain/ingest.ts";
import { literal, type Sql, sql } from "../../domain/sql.ts";
import { encodeRow } from "../../lib/csv-field.ts";
import { callOver } from "./bisect.ts";
import { dropUnchanged, mergeRows, rejectConflicts, rejectMerged, rejectNulls } from "./step-sql.ts";
import { type BoundStep, keptTable, LINE, mappedTable, REJECTS, STAGING } from "./work-tables.ts";

/** Loads of one database take turns, or two of them could wait for each other's rows. */
const INGEST_LOCK = 4_704_113_002;

/**
 * A refused row is to leave no trace in any step. Where one is found after an earlier step has used it, the transaction
 * is rolled back and tried again without it; each attempt knows more refused rows than the last, so it ends.
 * The transaction of the last attempt is left open: the caller adds to it and commits.
 */
export const writeAllSteps = async (
  session: Session,
  steps: readonly BoundStep[],
): Promise<readonly IngestCounts[]> => {
  const last = await session.rows(sql`select coalesce(max(${LINE}), 0) as line from ${STAGING}`);
  const lastLine = literal(Number(last[0]?.["line"]));
  for (;;) {
    await session.run(sql`begin; select pg_advisory_xact_lock(${literal(INGEST_LOCK)})`);
    const written: Written[] = [];
    for (const bound of steps) written.push(await writeStep(session, bound, lastLine));
    const known = await refusedTooLate(session);
    if (known === undefined) return countsOf(session, written);
    await session.run(sql`rollback`);
    await remember(session, known);
  }
};

type Written = Omit<IngestCounts, "read" | "rejected">;

const writeStep = async (session: Session, bound: BoundStep, lastLine: Sql): Promise<Written> => {
  if (bound.step.reject.length > 0) await session.run(callOver(bound, "reject", lastLine));
  await session.run(callOver(bound, "map", lastLine));
  await session.run(rejectNulls(bound));
  const kept = affected(await session.run(mergeRows(bound)));
  await session.run(rejectConflicts(bound));
  const counted = await session.rows(sql`select
  (select count(*) from ${mappedTable(bound)} m where not exists (select from ${REJECTS} r where r.${LINE} = m.${LINE})) as mapped,
  (select count(*) from ${keptTable(bound)}) as kept`);
  const mapped = Number(counted[0]?.["mapped"]);
  const alone = kept === 0 ? 0 : Number(counted[0]?.["kept"]);
  const results = await session.run(dropUnchanged(bound));
  const unchanged = results.at(-2)?.rowCount ?? 0;
  const existing = Number(results.at(-1)?.rows[0]?.["count"]);
  const call = await session.run(callOver(bound, "write", lastLine));
  const written = Number(call[0]?.rows[0]?.["written"]);
  await session.run(rejectMerged(bound));
  const inserted = alone - unchanged - existing;
  return { inserted, updated: Math.max(0, written - inserted), unchanged, merged: mapped - alone };
};

const affected = (results: readonly QueryResult[]): number => results.at(-1)?.rowCount ?? 0;

/**
 * Rows refused when it was too late to leave them out, as rows for the table of refused ones. What a row itself is
 * refused for comes before conflicts between rows: without it there may be no conflict.
 */
const refusedTooLate = async (session: Session): Promise<readonly (readonly (string | null)[])[] | undefined> => {
  const late = await session.rows(sql`
select bool_or(galley_kind = 'written' or galley_kind = 'before' and galley_step > 0) as rows,
  bool_or(galley_kind = 'conflict' and galley_step > 0) as conflicts
from ${REJECTS} where not galley_is_known`);
  const hasRows = late[0]?.["rows"] === "t";
  if (!hasRows && late[0]?.["conflicts"] !== "t") return undefined;
  const found = await session.table(
    sql`select ${LINE}, galley_step, galley_kind, galley_reason from ${REJECTS} where not galley_is_known${hasRows ? sql` and galley_kind <> 'conflict'` : sql``}`,
  );
  return found.rows;
};

const remember = async (session: Session, rows: readonly (readonly (string | null)[])[]): Promise<void> => {
  function* lines(): Generator<string> {
    for (const row of rows) yield encodeRow([...row, "true"], ",");
  }
  await session.copyFrom(
    sql`copy ${REJECTS} (${LINE}, galley_step, galley_kind, galley_reason, galley_is_known) from stdin with (format csv)`,
    Readable.from(lines()),
  );
};

const countsOf = async (session: Session, written: readonly Written[]): Promise<readonly IngestCounts[]> => {
  const rows = await session.rows(sql`select galley_step as step, count(*) as n from ${REJECTS} group by 1`);
  const refused = new Map(rows.map((row) => [Number(row["step"]), Number(row["n"])]));
  return written.map((w, i) => {
    const rejected = refused.get(i) ?? 0;
    return { ...w, read: w.inserted + w.updated + w.unchanged + w.merged + rejected, rejected };
  });
};
