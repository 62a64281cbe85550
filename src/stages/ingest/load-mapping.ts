/** A mapping and the bytes of a file in; its rows in the tables, what was refused in quarantine, and the counts, out. */
import { Readable } from "node:stream";
import { type Database, DatabaseError, type Session } from "../../domain/contracts/database.ts";
import { type Diagnostic, errorOf, failed, type Outcome, ok } from "../../domain/diagnostic.ts";
import type { IngestCounts, IngestMapping } from "../../domain/ingest.ts";
import { relationKey } from "../../domain/names.ts";
import { ident, literal, relation, type Sql, sql } from "../../domain/sql.ts";
import { isConnectionLoss, SQLSTATE } from "../../domain/sqlstate.ts";
import { writeAllSteps } from "./attempts.ts";
import { createFunctions } from "./bisect.ts";
import { checkSteps } from "./check-steps.ts";
import { checkExpressions } from "./expressions.ts";
import { type CsvTable, openTable } from "./open-table.ts";
import { readFailure, stopped } from "./read-failure.ts";
import { atLine } from "./row-faults.ts";
import { stagedRows } from "./stage-rows.ts";
import { targetTables } from "./target-table.ts";
import {
  type BoundStep,
  copyToStaging,
  createStaging,
  createStepTables,
  dropAll,
  LINE,
  OWN,
  REJECTS,
  STAGING,
} from "./work-tables.ts";

export type LoadRequest = {
  readonly mapping: IngestMapping;
  /** CSV, gzipped or not. */
  readonly source: AsyncIterable<Uint8Array>;
  /** What messages and the quarantine call the file. */
  readonly fileLabel: string;
  readonly runId: string;
  /** The schema of `quarantine`. */
  readonly bookkeeping: string;
};

export type RawLoad = {
  readonly steps: readonly { readonly into: string; readonly counts: IngestCounts }[];
  /** Rows that went to quarantine. */
  readonly rejected: number;
  /** The first of them, in the order of the file. */
  readonly firstRejected: readonly RejectedRow[];
};

type RejectedRow = { readonly line: number; readonly reason: string; readonly raw: string };

/** What else belongs into the transaction of the load, when nothing was refused. */
export type Afterwards = (load: RawLoad) => Sql;

const SHOWN = 5;

export const loadMapping = (
  database: Database,
  request: LoadRequest,
  afterwards: Afterwards = () => sql`select`,
): Promise<Outcome<RawLoad>> =>
  database.withSession("durable", async (session) => {
    const tables = await targetTables(session, uniqueTargets(request.mapping));
    const wrong = checkSteps(request.mapping, tables);
    if (wrong.length > 0) return failed(...wrong);
    const steps = request.mapping.steps.flatMap((step, index): readonly BoundStep[] => {
      const table = tables.get(relationKey(step.into));
      return table === undefined ? [] : [{ index, step, table }];
    });
    try {
      const table = await openTable(request.source, request.fileLabel, request.mapping.delimiter, "fold");
      if (!table.ok) return table;
      try {
        const loaded = await load(session, request, steps, table.value, afterwards);
        await session.run(dropAll(steps));
        return loaded;
      } finally {
        // Not awaited: a read of standard input may be under way that nothing ends.
        table.value.blocks.return().catch(() => undefined);
      }
    } catch (error) {
      const unread = readFailure(error, request.fileLabel);
      if (unread !== undefined) return failed(unread);
      if (error instanceof DatabaseError && isAboutTheLoad(error)) return failed(loadFailure(request, error));
      throw error;
    }
  });

const load = async (
  session: Session,
  request: LoadRequest,
  steps: readonly BoundStep[],
  table: CsvTable,
  afterwards: Afterwards,
): Promise<Outcome<RawLoad>> => {
  const reserved = table.columns.filter((name) => name.startsWith(OWN));
  if (reserved.length > 0) return failed(...reserved.map((name) => reservedHeader(name, request.fileLabel)));
  await session.run(createStaging(table.columns));
  for (const bound of steps) await session.run(createStepTables(bound));
  const wrong: Diagnostic[] = [];
  for (const bound of steps) wrong.push(...(await checkExpressions(session, bound, table.columns)));
  if (wrong.length > 0) return failed(...wrong);
  for (const bound of steps) await session.run(createFunctions(bound));

  const { delimiter, nullTexts } = request.mapping;
  const rows = Readable.from(stagedRows(table, delimiter, nullTexts), { objectMode: false });
  await session.copyFrom(copyToStaging(delimiter), rows);
  await session.run(sql`create index on ${STAGING} (${LINE}); analyze ${STAGING} (${LINE})`);
  const counts = await writeAllSteps(session, steps);
  const rejected = await quarantine(session, request);
  const loaded: RawLoad = {
    steps: steps.map(({ step }, i) => ({ into: relationKey(step.into), counts: counts[i] ?? NONE })),
    ...rejected,
  };
  const analyze = uniqueTargets(request.mapping).map((name) => sql`analyze ${relation(name)}; `);
  const after = afterwards(loaded);
  await session.run(analyze.reduceRight((rest, one) => sql`${one}${rest}`, sql`${after}; commit`));
  return ok(loaded);
};

const NONE: IngestCounts = { read: 0, inserted: 0, updated: 0, unchanged: 0, merged: 0, rejected: 0 };

const uniqueTargets = ({ steps }: IngestMapping): readonly IngestMapping["steps"][number]["into"][] => [
  ...new Map(steps.map(({ into }) => [relationKey(into), into])).values(),
];

/** Nothing is lost: the raw text of each refused row, with the reason and the line that it began on. */
const quarantine = async (
  session: Session,
  { mapping, fileLabel, runId, bookkeeping }: LoadRequest,
): Promise<Pick<RawLoad, "rejected" | "firstRejected">> => {
  const refused = sql`from ${STAGING} s left join ${REJECTS} r using (${LINE}) where s.galley_reason is not null or r.${LINE} is not null`;
  const results = await session.run(sql`
insert into ${ident(bookkeeping)}.quarantine (run_id, mapping, file, line, reason, raw, at)
select ${literal(runId)}::uuid, ${literal(mapping.name)}, ${literal(fileLabel)}, ${LINE}, coalesce(s.galley_reason, r.galley_reason), s.galley_raw, now() ${refused} order by ${LINE};
select ${LINE} as line, coalesce(s.galley_reason, r.galley_reason) as reason, s.galley_raw as raw ${refused} order by ${LINE} limit ${literal(SHOWN)}`);
  const firstRejected = (results[1]?.rows ?? []).map((row) => ({
    line: Number(row["line"]),
    reason: row["reason"] ?? "",
    raw: row["raw"] ?? "",
  }));
  return { rejected: results[0]?.rowCount ?? 0, firstRejected };
};

const reservedHeader = (name: string, label: string): Diagnostic =>
  errorOf("ingest/bad-header", `the header "${name}" of ${label} begins with "${OWN}", which Galley uses itself`, {
    at: atLine(label, 1, name),
  });

/** The connection's end is not the load's fault; the caller knows what it means. */
const isAboutTheLoad = ({ sqlstate }: DatabaseError): boolean => !isConnectionLoss(sqlstate);

const loadFailure = ({ mapping, fileLabel }: LoadRequest, error: DatabaseError): Diagnostic => {
  if (error.sqlstate === SQLSTATE.queryCanceled) return stopped(fileLabel, error.message);
  const message = `${mapping.name} could not load ${fileLabel}: ${error.message} (SQLSTATE ${error.sqlstate})`;
  return errorOf("ingest/load-failed", message, { at: mapping.span, help: error.hint ?? error.detail });
};
